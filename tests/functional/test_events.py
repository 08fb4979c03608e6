"""Events end to end: posted as senders post them, read back by an independent reader through Caddy, as a phone does."""

import datetime

import pytest

from expect import post, title_of
from payloads import UTC, at, day, flat, flat_v2, fresh, graph, icalendar, seed


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
