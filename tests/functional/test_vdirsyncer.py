"""A second independent reader."""

import subprocess

import calendar_reader
from expect import post, title_of
from payloads import fresh, graph


def test_vdirsyncer_sees_the_same_calendar(calm, tmp_path):
    """Debian's vdirsyncer, through Caddy, discovering from the server's root as a client does."""
    post(calm, graph(fresh(), title_of("for vdirsyncer 🎈")))
    calm.wait_settled()
    (tmp_path / "config").write_text(f"""
[general]
status_path = "{tmp_path}/status/"
[pair p]
a = "here"
b = "there"
collections = ["from b"]
[storage here]
type = "filesystem"
path = "{tmp_path}/ics/"
fileext = ".ics"
[storage there]
type = "caldav"
url = "https://localhost:{calm.https_port}/"
username = "{calm.server.username}"
password = "{calm.server.password}"
verify = "{calm.ca_file}"
read_only = true
""")
    for command in (["discover", "p"], ["sync", "p"]):
        done = subprocess.run(["vdirsyncer", "-c", str(tmp_path / "config"), *command], input="y\n" * 20, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    files = list((tmp_path / "ics/calmux").glob("*.ics"))
    seen = sorted((event.uid, event.text("SUMMARY"), event.start) for path in files for event in calendar_reader.events(path.read_text())
                  if not event.get("RRULE") and not event.get("RECURRENCE-ID"))
    there = sorted((event.uid, event.text("SUMMARY"), event.start) for resource in calm.read_calendar() for event in resource.events
                   if not event.get("RRULE") and not event.get("RECURRENCE-ID"))
    assert len(files) == len(calm.dav.hrefs())
    assert [one[:2] for one in seen] == [one[:2] for one in there]
    assert {str(one) for one in seen} == {str(one) for one in there}
