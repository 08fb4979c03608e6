"""Each field by itself: what is cleared at the source is cleared in the calendar, and a date stays that date."""

import datetime
import zoneinfo

import pytest

from conftest import make_stack
from expect import post, title_of
from payloads import UTC, day, fresh, graph, modified, wall


@pytest.fixture(scope="module")
def calm():
    with make_stack() as stack:
        yield stack


FULL = {
    "body": {"contentType": "html", "content": "<p>Agenda and <b>minutes</b></p>"},
    "location": {"displayName": "Room 4"},
    "categories": ["Blue"],
    "importance": "high",
    "sensitivity": "private",
    "showAs": "free",
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 30,
    "webLink": "https://outlook.example.test/item",
    "onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting"},
    "attendees": [{"type": "required", "emailAddress": {"name": "Bob", "address": "bob@example.test"}}],
    "organizer": {"emailAddress": {"name": "Olga", "address": "olga@example.test"}},
    "responseStatus": {"response": "tentativelyAccepted"},
}
# What senders write where there is nothing, and what a reader then finds.
CLEARED = {
    "body": ({"contentType": "html", "content": ""}, lambda e: "Agenda" not in e.text("DESCRIPTION") and not e.all("X-ALT-DESC")),
    "location": ({"displayName": ""}, lambda e: e.text("LOCATION") is None),
    "categories": ([], lambda e: not e.all("CATEGORIES")),
    "importance": ("normal", lambda e: e.text("PRIORITY") is None and e.text("X-MICROSOFT-CDO-IMPORTANCE") is None),
    "sensitivity": ("normal", lambda e: e.text("CLASS") == "PUBLIC"),
    "showAs": ("busy", lambda e: e.text("TRANSP") == "OPAQUE"),
    "isReminderOn": (False, lambda e: not e.alarms),
    "webLink": (None, lambda e: e.text("URL") is None),
    "onlineMeeting": (None, lambda e: not e.all("CONFERENCE") and "teams.microsoft.com" not in e.text("DESCRIPTION")),
    "attendees": ([], lambda e: "Bob" not in e.text("DESCRIPTION")),
    "organizer": (None, lambda e: "Olga" not in e.text("DESCRIPTION")),
    "responseStatus": ({"response": "accepted"}, lambda e: e.text("STATUS") == "CONFIRMED"),
}


def visible(event):
    """What does not depend on when it was written."""
    return sorted((one.name, str(sorted(one.parameters.items())), one.value) for one in event.properties
                  if one.name not in ("DTSTAMP", "LAST-MODIFIED"))


@pytest.mark.parametrize("blank", [None, "", "null"])
@pytest.mark.parametrize("field", CLEARED)
def test_a_field_that_the_source_clears_is_cleared(calm, field, blank):
    event_id, title = fresh(), title_of(field)
    value, is_clear = CLEARED[field]
    if blank is not None and field not in ("isReminderOn", "showAs", "importance", "sensitivity", "responseStatus"):
        value = blank
    post(calm, graph(event_id, title, **FULL))
    full = calm.the(title)
    assert not is_clear(full), full
    post(calm, graph(event_id, title, **{**FULL, field: value}))
    assert is_clear(calm.the(title)), calm.the(title)
    post(calm, graph(event_id, title, **FULL))
    assert visible(calm.the(title)) == visible(full)


def test_the_title_can_be_cleared(calm):
    event_id, title = fresh(), title_of("named")
    post(calm, graph(event_id, title))
    uid = calm.the(title).uid
    post(calm, graph(event_id, ""))
    [event] = [event for one in calm.read_calendar() for event in one.events if event.uid == uid]
    assert event.text("SUMMARY") is None


def test_a_date_stays_that_date_from_any_zone_to_any_zone(calm):
    """Senders tell a day as midnights of their zone, in that zone or in UTC; a reader west or east of them sees the same day."""
    wanted = {}
    events = []
    for hours in range(-12, 15):
        zone = zoneinfo.ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")
        begin = datetime.datetime.combine(day(20), datetime.time(), zone)
        for form, tell in (("local", lambda t: {"dateTime": wall(t), "timeZone": str(zone)}),
                           ("utc", lambda t: {"dateTime": wall(t.astimezone(UTC)), "timeZone": "UTC"}),
                           ("floating", lambda t: {"dateTime": wall(t), "timeZone": "UTC"})):
            title = title_of(f"{form} {hours}")
            wanted[title] = (day(20), day(22))
            events.append(graph(fresh(), title, day(20), start=tell(begin), end=tell(begin + datetime.timedelta(days=2)),
                                originalStartTimeZone=str(zone), originalEndTimeZone=str(zone), lastModifiedDateTime=modified().isoformat()))
    assert calm.direct.post({"value": events}).status == 200
    calm.wait_settled()
    shown = {event.text("SUMMARY"): event for one in calm.read_calendar() for event in one.events if event.text("SUMMARY") in wanted}
    assert {title: (event.start, event.end) for title, event in shown.items()} == wanted
    for event in shown.values():
        for name in ("DTSTART", "DTEND"):
            # Neither an instant nor a zone: no reader has anything to convert.
            assert event.get(name).parameters == {"VALUE": "DATE"} and "T" not in event.get(name).value
