"""Events end to end: posted as senders post them, read back by an independent reader through Caddy, as a phone does."""

import datetime

import caldav
import pytest

from calendar_reader import events as events_of
from payloads import UTC, at, day, deleted, flat, flat_v2, fresh, graph, icalendar, modified, seed


class Phone:
    """python3-caldav, through Caddy with its certificate, with the calendar's own account."""

    def __init__(self, stack):
        client = caldav.DAVClient(stack.phone_url, username=stack.server.username, password=stack.server.password,
                                  ssl_verify_cert=str(stack.ca_file))
        self.calendar = caldav.Calendar(client=client, url=stack.phone_url)

    def events(self, title):
        """The events of this title, each parsed by ourselves from what the library fetched."""
        found = [event for one in self.calendar.events() for event in events_of(one.data)]
        return [event for event in found if event.text("SUMMARY") == title]

    def event(self, title):
        found = self.events(title)
        assert len(found) == 1, f"{len(found)} events are called {title!r}"
        return found[0]

    def occurrences(self, start, end, title):
        """Starts of what is shown between two times, series expanded by the library or the server."""
        found = self.calendar.date_search(start, end, expand=True, compfilter="VEVENT")
        shown = [event for one in found for event in events_of(one.data) if event.text("SUMMARY") == title]
        return sorted(event.start.astimezone(UTC) for event in shown)


@pytest.fixture(scope="module")
def phone(calm):
    return Phone(calm)


def post(stack, event, **how):
    """Posts and waits until it has come to an end."""
    answer = stack.caddy.post(event, Prefer="wait=100", **how)
    assert answer.status == 200, answer
    assert answer.json["status"] in ("success", "skipped"), answer.json
    return answer.json


def title_of(word):
    return f"{word} {fresh()[13:]}"


# -- every shape


@pytest.mark.parametrize("shape", [graph, flat, flat_v2, seed])
def test_an_event_of_every_shape_is_shown_at_its_instant(calm, phone, shape):
    title = title_of(shape.__name__)
    post(calm, shape(fresh(), title, at(10, 30), minutes=45))
    event = phone.event(title)
    assert event.start.astimezone(UTC) == at(10, 30).astimezone(UTC)
    assert event.end - event.start == datetime.timedelta(minutes=45)


def test_an_icalendar_object_is_shown(calm, phone):
    title = title_of("phone")
    post(calm, icalendar(fresh(), title, at(18, 15), lines=["LOCATION:Praxis\\, Hof", "DESCRIPTION:Erste Zeile\\nzweite"]), source="phone")
    event = phone.event(title)
    assert event.start.astimezone(UTC) == at(18, 15).astimezone(UTC)
    assert event.text("LOCATION") == "Praxis, Hof"
    assert event.text("DESCRIPTION").startswith("Erste Zeile\nzweite")


@pytest.mark.parametrize("ahead", [14, 120, 200])
def test_a_windows_zone_is_berlin_time_in_summer_and_winter(calm, phone, ahead):
    title = title_of("berlin")
    begin = at(10, 0, ahead)
    post(calm, graph(fresh(), title, begin))
    event = phone.event(title)
    assert event.start == begin
    assert event.start.astimezone(UTC) == begin.astimezone(UTC)
    assert (event.start.hour, event.get("DTSTART").parameters["TZID"]) == (10, "Europe/Berlin")


def test_every_zone_that_is_named_is_defined_in_the_object(calm):
    title = title_of("zoned")
    post(calm, graph(fresh(), title))
    [resource] = [one for one in calm.read_calendar() if title in one.text]
    assert "BEGIN:VTIMEZONE" in resource.text and "TZID:Europe/Berlin" in resource.text


def test_an_unknown_zone_with_a_certain_instant_is_placed_in_utc_with_a_warning(calm, phone):
    title, event_id, begin = title_of("oddzone"), fresh(), at(11)
    event = flat(event_id, title, begin, timeZone="tzone://Microsoft/Custom")
    post(calm, event)
    assert phone.event(title).start.astimezone(UTC) == begin.astimezone(UTC)


@pytest.mark.parametrize("shape", [graph, flat])
def test_an_all_day_event_stays_a_date(calm, phone, shape):
    title = title_of("allday")
    post(calm, shape(fresh(), title, day(20)))
    event = phone.event(title)
    assert (event.start, event.end) == (day(20), day(21))
    assert not isinstance(event.start, datetime.datetime)


def test_all_that_a_reader_can_see_arrives(calm, phone):
    title = title_of("Großes Übergabegespräch 🎉 – “fin”; a,b\\c")
    post(calm, graph(
        fresh(), title, importance="high", sensitivity="private", showAs="free", isReminderOn=True, reminderMinutesBeforeStart=30,
        categories=["Blaue Kategorie", "Räume, groß; 🐕"], location={"displayName": "Raum 4, Öztürk; Hof\\Keller 🚪"},
        body={"contentType": "html", "content": "<html><body><p>Grüße &amp; <b>Küsse</b></p><p>zweiter Absatz 🥳</p></body></html>"},
        onlineMeeting={"joinUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting"}))
    event = phone.event(title)
    assert event.text("LOCATION") == "Raum 4, Öztürk; Hof\\Keller 🚪"
    assert sorted(event.texts("CATEGORIES")) == sorted(["Blaue Kategorie", "Räume, groß; 🐕"])
    description = event.text("DESCRIPTION")
    assert "Grüße & Küsse" in description and "zweiter Absatz 🥳" in description and "<p>" not in description
    assert "https://teams.microsoft.com/l/meetup-join/19%3ameeting" in description
    assert "olga@example.test" in description and "bob@example.test" in description
    assert (event.text("CLASS"), event.text("PRIORITY"), event.text("TRANSP")) == ("PRIVATE", "1", "TRANSPARENT")
    [alarm] = event.alarms
    assert (alarm.text("ACTION"), alarm.text("TRIGGER")) == ("DISPLAY", "-PT30M")


@pytest.mark.parametrize("sensitivity, name", [("normal", "PUBLIC"), ("personal", "PRIVATE"), ("private", "PRIVATE"), ("confidential", "CONFIDENTIAL")])
def test_sensitivity_becomes_a_class(calm, sensitivity, name):
    title = title_of(sensitivity)
    post(calm, flat(fresh(), title, sensitivity=sensitivity))
    assert calm.the(title).text("CLASS") == name


@pytest.mark.parametrize("show_as, transparency", [("free", "TRANSPARENT"), ("busy", "OPAQUE"), ("tentative", "OPAQUE"), ("oof", "OPAQUE"),
                                                   ("workingElsewhere", "TRANSPARENT")])
def test_show_as_becomes_transparency(calm, show_as, transparency):
    title = title_of(show_as)
    post(calm, flat(fresh(), title, showAs=show_as))
    assert calm.the(title).text("TRANSP") == transparency


def test_a_text_full_of_control_characters_and_line_breaks_cannot_forge_a_property(calm):
    title = title_of("forged")
    post(calm, graph(fresh(), title, location={"displayName": "Here\r\nATTENDEE:mailto:victim@example.test\r\nX-FORGED:yes"},
                     body={"contentType": "text", "content": "a\rb\u2028c\x07\r\nORGANIZER:mailto:x@example.test"}))
    event = calm.the(title)
    assert not event.all("ATTENDEE") and not event.all("ORGANIZER") and not event.all("X-FORGED")


def test_long_texts_arrive_whole_characters_only(calm):
    title = title_of("long")
    post(calm, graph(fresh(), title, body={"contentType": "text", "content": "ä🐕" * 20_000}))
    assert "ä🐕" in calm.the(title).text("DESCRIPTION")


# -- changes


def test_an_update_changes_the_event_in_place(calm, phone):
    event_id, title = fresh(), title_of("before")
    post(calm, graph(event_id, title))
    old = phone.event(title)
    post(calm, graph(event_id, title + " after", location={"displayName": "new place"}))
    assert phone.events(title) == []
    new = phone.event(title + " after")
    assert (new.uid, new.text("LOCATION")) == (old.uid, "new place")


def test_a_cleared_field_is_cleared(calm, phone):
    event_id, title = fresh(), title_of("cleared")
    post(calm, graph(event_id, title, location={"displayName": "somewhere"}, categories=["one"], importance="high", isReminderOn=True))
    full = phone.event(title)
    assert full.text("LOCATION") and full.all("CATEGORIES") and full.alarms
    post(calm, graph(event_id, title))
    bare = phone.event(title)
    assert bare.text("LOCATION") is None and not bare.all("CATEGORIES") and not bare.alarms and bare.text("PRIORITY") in (None, "0", "5")


def test_a_moved_event_is_shown_at_its_new_time_only(calm, phone):
    event_id, title = fresh(), title_of("moved")
    post(calm, graph(event_id, title, at(9)))
    uid = phone.event(title).uid
    post(calm, graph(event_id, title, at(15, 30, ahead=15)))
    event = phone.event(title)
    assert (event.start, event.uid) == (at(15, 30, ahead=15), uid)
    assert phone.occurrences(at(0), at(23), title) == []


def test_an_event_that_becomes_all_day_is_a_date(calm, phone):
    event_id, title = fresh(), title_of("becomes")
    post(calm, graph(event_id, title))
    post(calm, graph(event_id, title, day(14)))
    assert phone.event(title).start == day(14)


@pytest.mark.parametrize("how", [
    lambda event_id: dict(event=deleted(event_id)), lambda event_id: dict(event={"id": event_id}, path="/api/webhook/event/deleted"),
    lambda event_id: dict(event=graph(event_id, "whatever", ActionType="DELETED"))])
def test_a_deleted_event_is_gone(calm, phone, how):
    event_id, title = fresh(), title_of("deleted")
    post(calm, graph(event_id, title))
    assert phone.event(title)
    post(calm, **how(event_id))
    assert phone.events(title) == []
    assert calm.postgres.value("SELECT sync_status FROM event_mappings WHERE source_event_id = %s", event_id) == "deleted"


def test_a_cancelled_meeting_is_gone(calm, phone):
    event_id, title = fresh(), title_of("cancelled")
    post(calm, graph(event_id, title))
    post(calm, graph(event_id, "Canceled: " + title, isCancelled=True))
    assert phone.events(title) == [] and phone.events("Canceled: " + title) == []


def test_two_sources_with_one_id_are_two_events(calm, phone):
    event_id, title = fresh(), title_of("two sources")
    post(calm, graph(event_id, title + " a"), source="m365_tenant1")
    post(calm, graph(event_id, title + " b"), source="m365_tenant2")
    assert phone.event(title + " a").uid != phone.event(title + " b").uid
    post(calm, deleted(event_id), source="m365_tenant1")
    assert phone.events(title + " a") == [] and phone.event(title + " b")


def test_ids_that_differ_in_letter_case_only_are_two_events(calm, phone):
    event_id, title = fresh(), title_of("case")
    post(calm, graph(event_id, title + " mixed"))
    post(calm, graph(event_id.swapcase(), title + " swapped"))
    assert phone.event(title + " mixed").uid != phone.event(title + " swapped").uid


# -- order


def test_a_late_older_update_is_ignored(calm, phone):
    event_id, title = fresh(), title_of("newest")
    older = graph(event_id, title + " older", changed=modified(-60))
    post(calm, graph(event_id, title))
    mark = calm.wire.mark()
    assert post(calm, older)["status"] == "skipped"
    assert phone.event(title) and phone.events(title + " older") == []
    assert calm.wire.writes(mark) == []


def test_updates_in_the_wrong_order_end_with_the_newest(calm, phone):
    event_id, title = fresh(), title_of("shuffled")
    versions = [graph(event_id, f"{title} {number}") for number in range(6)]
    for number in (3, 0, 5, 1, 4, 2):
        assert calm.direct.post(versions[number]).status == 200
    calm.wait_settled()
    assert phone.event(f"{title} 5")
    assert all(phone.events(f"{title} {number}") == [] for number in range(5))


def test_a_late_update_does_not_revive_a_deleted_event(calm, phone):
    event_id, title = fresh(), title_of("dead")
    late = graph(event_id, title, ActionType="updated")
    post(calm, graph(event_id, title, changed=modified(-60)))
    post(calm, deleted(event_id))
    mark = calm.wire.mark()
    assert post(calm, late)["status"] == "skipped"
    assert phone.events(title) == []
    assert calm.wire.writes(mark) == []


def test_a_deletion_that_overtakes_the_creation_wins(calm, phone):
    event_id, title = fresh(), title_of("overtaken")
    created = graph(event_id, title, ActionType="added")
    post(calm, deleted(event_id))
    assert post(calm, created)["status"] == "skipped"
    assert phone.events(title) == []


def test_an_event_that_is_changed_after_its_deletion_comes_back(calm, phone):
    event_id, title = fresh(), title_of("back")
    post(calm, graph(event_id, title))
    uid = phone.event(title).uid
    post(calm, deleted(event_id))
    post(calm, graph(event_id, title + " again", changed=datetime.datetime.now(UTC) + datetime.timedelta(seconds=5)))
    assert phone.event(title + " again").uid == uid


def test_deleted_for_an_event_outside_the_triggers_window_is_no_proof(calm, phone):
    event_id, title = fresh(), title_of("far away")
    post(calm, graph(event_id, title, at(ahead=400)))
    assert post(calm, deleted(event_id))["status"] == "skipped"
    assert phone.event(title)
