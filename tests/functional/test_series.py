"""Series: as a Graph master with exceptions, and as the single occurrences that the connector sends."""

import datetime

import pytest

from conftest import make_stack
from expect import post, title_of
from payloads import UTC, at, day, deleted, flat, fresh, graph
from phone import Phone


@pytest.fixture(scope="module")
def calm():
    """A stack of its own: servers search slowly through a calendar that every other test writes into."""
    with make_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def phone(calm):
    return Phone(calm)


def weekly(event_id, title, begin, count, **fields):
    return graph(event_id, title, begin, type="seriesMaster", recurrence={
        "pattern": {"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": [begin.strftime("%A").lower()],
                    "firstDayOfWeek": "monday", "index": "first"},
        "range": {"type": "numbered", "startDate": str(begin.date()), "endDate": "0001-01-01", "recurrenceTimeZone": "W. Europe Standard Time",
                  "numberOfOccurrences": count}}, **fields)


def week(begin, number):
    """The same wall time, weeks later: across a change of the clocks too."""
    return (begin.replace(tzinfo=None) + datetime.timedelta(weeks=number)).replace(tzinfo=begin.tzinfo)


def between(phone, title, begin, weeks):
    return phone.occurrences(begin - datetime.timedelta(days=1), begin + datetime.timedelta(weeks=weeks), title)


def test_a_series_is_shown_with_every_occurrence_at_its_wall_time(calm, phone):
    title, begin = title_of("series"), at(9, 0, ahead=7)
    post(calm, weekly(fresh(), title, begin, 40))
    [resource] = [one for one in calm.read_calendar() if title in one.text]
    [event] = resource.events
    assert event.get("RRULE") and event.start == begin
    assert between(phone, title, begin, 41) == [week(begin, number).astimezone(UTC) for number in range(40)]


def test_exceptions_and_cancelled_occurrences_of_a_master_are_shown(calm, phone):
    title, event_id, begin = title_of("exceptions"), fresh(), at(9, 0, ahead=7)
    moved = week(begin, 2) + datetime.timedelta(hours=5)
    exception = graph(fresh(), title + " moved", moved, type="exception", seriesMasterId=event_id,
                      originalStart=week(begin, 2).astimezone(UTC).isoformat().replace("+00:00", "Z"))
    post(calm, weekly(event_id, title, begin, 5, exceptionOccurrences=[exception],
                      cancelledOccurrences=[f"OID.{event_id}.{week(begin, 3).date()}"]))
    assert between(phone, title, begin, 6) == [week(begin, number).astimezone(UTC) for number in (0, 1, 4)]
    assert between(phone, title + " moved", begin, 6) == [moved.astimezone(UTC)]
    assert len([one for one in calm.read_calendar() if title in one.text]) == 1


def test_a_deleted_series_is_gone(calm, phone):
    title, event_id, begin = title_of("ended"), fresh(), at(9, 0, ahead=7)
    post(calm, weekly(event_id, title, begin, 4))
    assert len(between(phone, title, begin, 5)) == 4
    post(calm, deleted(event_id))
    assert between(phone, title, begin, 5) == []


def test_a_changed_rule_replaces_the_old_one(calm, phone):
    title, event_id, begin = title_of("shortened"), fresh(), at(9, 0, ahead=7)
    post(calm, weekly(event_id, title, begin, 6))
    post(calm, weekly(event_id, title, begin, 2))
    assert between(phone, title, begin, 7) == [begin.astimezone(UTC), week(begin, 1).astimezone(UTC)]


def test_occurrences_that_are_known_only_one_by_one_are_each_shown(calm, phone):
    title, master, begin = title_of("occurrences"), fresh("master"), at(14, 0, ahead=7)
    ids = [fresh(f"occurrence{number}") for number in range(4)]
    for number, event_id in enumerate(ids):
        post(calm, flat(event_id, title, week(begin, number), seriesMasterId=master, recurrence="weekly"))
    assert between(phone, title, begin, 5) == [week(begin, number).astimezone(UTC) for number in range(4)]
    post(calm, deleted(ids[1]))
    assert between(phone, title, begin, 5) == [week(begin, number).astimezone(UTC) for number in (0, 2, 3)]


def test_occurrences_that_came_before_their_master_are_not_shown_twice(calm, phone):
    title, master, begin = title_of("joined"), fresh("master"), at(14, 0, ahead=7)
    for number in range(3):
        post(calm, graph(fresh(), title, week(begin, number), type="occurrence", seriesMasterId=master))
    post(calm, weekly(master, title, begin, 3))
    assert between(phone, title, begin, 4) == [week(begin, number).astimezone(UTC) for number in range(3)]


def test_an_all_day_series_stays_on_its_dates(calm):
    title = title_of("birthday")
    post(calm, graph(fresh(), title, day(30), type="seriesMaster", recurrence={
        "pattern": {"type": "absoluteYearly", "interval": 1, "month": day(30).month, "dayOfMonth": day(30).day, "firstDayOfWeek": "sunday", "index": "first"},
        "range": {"type": "noEnd", "startDate": str(day(30)), "endDate": "0001-01-01", "recurrenceTimeZone": "", "numberOfOccurrences": 0}}))
    event = calm.the(title)
    assert (event.start, event.end) == (day(30), day(31))
    assert "FREQ=YEARLY" in event.get("RRULE").value
