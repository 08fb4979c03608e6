"""Somebody else writes into the calendar: foreign events are left alone, and calmux's own are repaired."""

from expect import post, title_of
from payloads import deleted, fresh, graph

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
