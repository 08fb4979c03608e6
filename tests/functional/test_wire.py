"""What reaches the CalDAV server: as little as possible, and never an invitation."""

import concurrent.futures
import math
import subprocess
import time

import calendar_reader
from door import ask, delivery
from payloads import at, deleted, fresh, graph
from test_events import post, title_of


def test_a_storm_of_updates_costs_few_writes(calm):
    """Fifty updates of one event within a second: three writes at most. A slower machine earns as many more as the spacing allows."""
    event_id, title = fresh(), title_of("storm")
    versions = [graph(event_id, f"{title} {number}") for number in range(50)]

    def send(some):
        connection = calm.direct.connection()
        try:
            return [ask(connection, "POST", "/api/webhook/event", *delivery(version)).status for version in some]
        finally:
            connection.close()

    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {status for answered in pool.map(send, (versions[n::8] for n in range(8))) for status in answered} == {200}
    seconds = time.monotonic() - begin
    calm.wait_settled()
    writes = calm.wire.writes(containing=title[:30])
    assert 1 <= len(writes) <= 3 + (math.ceil(math.log2(seconds + 1)) if seconds > 1 else 0), (len(writes), seconds)
    assert calm.the(f"{title} 49")


def test_updates_while_the_server_is_slow_cost_two_writes(calm):
    event_id, title = fresh(), title_of("held")
    with calm.wire.held():
        assert calm.direct.post(graph(event_id, f"{title} first")).status == 200
        deadline = time.monotonic() + 60
        while not calm.postgres.rows("SELECT 1 FROM calendar_objects WHERE object_key = %s AND state = 'writing'", event_id):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for number in range(30):
            assert calm.direct.post(graph(event_id, f"{title} {number}")).status == 200
    calm.wait_settled()
    assert len(calm.wire.writes(containing=title[:30])) == 2
    assert calm.the(f"{title} 29")


def test_bookkeeping_changes_cost_no_write(calm):
    event_id, title = fresh(), title_of("bookkeeping")
    post(calm, graph(event_id, title))
    mark = calm.wire.mark()
    told = post(calm, graph(event_id, title, changeKey="another", **{"@odata.etag": "another"}))
    assert told["status"] == "skipped"
    assert calm.wire.writes(mark) == []


def test_redelivering_everything_writes_nothing(calm):
    """All that this stack was ever sent and could use, once as it came and once as new deliveries of the same statements."""
    calm.wait_settled()
    bodies = calm.postgres.rows("""
        SELECT source_id, media, operation, body FROM inbox WHERE state = 'done' AND operation <> 'delete' ORDER BY random() LIMIT 400""")
    assert len(bodies) > 5
    before = {resource.href: resource.etag for resource in calm.read_calendar()}
    mark = calm.wire.mark()
    connection = calm.direct.connection()
    try:
        for again in (False, True):
            for number, (source, media, operation, body) in enumerate(bodies):
                headers = {"Idempotency-Key": f"{mark}-{number}"} if again else {}
                payload = body if media == "icalendar" else body.encode()
                path = {"create": "/api/webhook/event/created", "update": "/api/webhook/event"}[operation]
                assert ask(connection, "POST", path, *delivery(payload, source=source, headers=headers)).status == 200
    finally:
        connection.close()
    calm.wait_settled()
    assert calm.wire.writes(mark) == []
    assert {resource.href: resource.etag for resource in calm.read_calendar()} == before


def test_a_restart_writes_nothing(calm):
    post(calm, graph(fresh(), title_of("before the restart")))
    mark = calm.wire.mark()
    calm.restart_calmux()
    calm.wait_health("healthy")
    calm.wait_settled()
    assert calm.wire.writes(mark) == []


def test_no_invitation_leaves_the_house(calm):
    """With people in every event posted by any test: none is written as one, and the server, which would mail them, mailed nobody."""
    event_id = fresh()
    post(calm, graph(event_id, title_of("invited")))
    post(calm, graph(event_id, title_of("invited, moved"), at(16)))
    post(calm, deleted(event_id))
    puts = calm.wire.exchanges("PUT")
    assert puts
    for put in puts:
        for component in [calendar_reader.components(put.body.decode())]:
            names = {one.name for event in component.components for one in event.properties} | {one.name for one in component.properties}
            assert not names & {"ORGANIZER", "ATTENDEE", "METHOD"}, put.body.decode()
    assert calm.server.mails() == []


def test_every_write_is_conditional_and_of_known_length(calm):
    post(calm, graph(fresh(), title_of("conditional")))
    changes = calm.wire.exchanges("PUT", "DELETE")
    assert changes
    for change in changes:
        headers = {name.lower(): value for name, value in change.headers.items()}
        assert headers.get("if-match", "*") != "*" or headers.get("if-none-match") == "*", (change.method, headers)
        assert "transfer-encoding" not in headers
        assert "expect" not in headers


# -- somebody else in the calendar


FOREIGN = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//By hand//EN\r
BEGIN:VEVENT\r
UID:by-hand-{0}\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260301T100000Z\r
DTEND:20260301T110000Z\r
SUMMARY:by hand {0}\r
X-BY-HAND:kept\r
END:VEVENT\r
END:VCALENDAR\r
"""


def reconcile(stack, *arguments):
    told = stack.command("reconcile", *arguments).stdout
    stack.wait_settled()
    return told


def test_foreign_events_are_never_touched(calm):
    href = calm.dav.put("by-hand.ics", FOREIGN.format(1))
    before = calm.dav.get(href)
    event_id = fresh()
    post(calm, graph(event_id, title_of("beside it")))
    post(calm, deleted(event_id))
    reconcile(calm)
    calm.restart_calmux()
    calm.wait_health("healthy")
    assert calm.dav.get(href) == before
    assert [exchange for exchange in calm.wire.writes() if exchange.path == href] == []


def test_what_was_deleted_or_changed_by_hand_is_repaired(calm):
    reconcile(calm)
    titles = [title_of(word) for word in ("untouched", "removed", "changed")]
    told = {title: post(calm, graph(fresh(), title)) for title in titles}
    _, removed, changed = (told[title]["caldav_url"] for title in titles)
    calm.dav.delete(removed)
    text = calm.dav.get(changed).text.replace(titles[2], "scribbled over")
    calm.dav.put(changed, text)

    mark, versions = calm.wire.mark(), calm.postgres.rows("SELECT id, desired_version, etag, state FROM calendar_objects ORDER BY id")
    shown = calm.command("reconcile", "--dry-run").stdout
    assert removed in shown and changed in shown and told[titles[0]]["caldav_url"] not in shown
    assert len(shown.splitlines()) == 2
    assert calm.wire.writes(mark) == []
    assert calm.postgres.rows("SELECT id, desired_version, etag, state FROM calendar_objects ORDER BY id") == versions

    reconcile(calm)
    for title in titles:
        assert calm.the(title).uid == told[title]["caldav_uid"]
    assert calm.shown("scribbled over") == []
    assert len(calm.wire.writes(mark)) == 2
    mark = calm.wire.mark()
    assert removed not in reconcile(calm, "--dry-run")
    reconcile(calm)
    assert calm.wire.writes(mark) == []


def test_a_deleted_event_that_somebody_put_back_is_removed_again(calm):
    event_id, title = fresh(), title_of("lingering")
    href = post(calm, graph(event_id, title))["caldav_url"]
    text = calm.dav.get(href).text
    post(calm, deleted(event_id))
    calm.dav.put(href, text)
    assert href in reconcile(calm, "--dry-run")
    reconcile(calm)
    assert calm.shown(title) == []


def test_an_update_meets_a_change_by_hand(calm):
    event_id, title = fresh(), title_of("rivals")
    told = post(calm, graph(event_id, title))
    calm.dav.put(told["caldav_url"], calm.dav.get(told["caldav_url"]).text.replace(title, "scribbled over"))
    post(calm, graph(event_id, title + " updated"))
    assert calm.the(title + " updated").uid == told["caldav_uid"]
    assert calm.shown("scribbled over") == []


def test_a_reading_that_fails_repairs_nothing(calm):
    post(calm, graph(fresh(), title_of("safe")))
    mark = calm.wire.mark()
    with calm.wire.cut_off():
        done = calm.command("reconcile", check=False)
    assert done.returncode == 1 and done.stderr.strip()
    calm.wait_health("healthy")
    calm.wait_settled()
    assert calm.wire.writes(mark) == []


def test_one_event_that_the_server_refuses_blocks_no_other(calm):
    bad, good = title_of("refused by the server"), title_of("taken by the server")
    with calm.wire.refusing(403, bad[:30]):
        answer = calm.direct.post(graph(fresh(), bad), Prefer="wait=60")
        assert answer.json["status"] == "error" and answer.json["reason"]
        post(calm, graph(fresh(), good))
    assert calm.the(good) and calm.shown(bad) == []


def test_what_the_server_refused_is_written_after_a_new_version(calm):
    event_id, title = fresh(), title_of("refused once")
    with calm.wire.refusing(403, title[:30]):
        assert calm.direct.post(graph(event_id, title), Prefer="wait=60").json["status"] == "error"
    post(calm, graph(event_id, title + " better"))
    assert calm.the(title + " better")


def test_what_the_server_refused_is_written_after_a_replay(calm):
    title = title_of("refused until replayed")
    with calm.wire.refusing(403, title[:30]):
        assert calm.direct.post(graph(fresh(), title), Prefer="wait=60").json["status"] == "error"
    calm.command("replay")
    calm.wait_settled()
    assert calm.the(title)


# -- a second reader


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
