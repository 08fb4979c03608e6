"""Meetings that their organiser cancelled: removed, or shown as cancelled."""

import datetime

import pytest

from conftest import make_stack
from expect import post, title_of
from payloads import UTC, at, flat, fresh, graph
from phone import Phone
from test_series import week, weekly

PREFIXES = "Canceled:, Abgesagt:"


@pytest.fixture(scope="module")
def removing():
    with make_stack(environment={"CALMUX_CANCELLED_PREFIXES": PREFIXES}) as stack:
        yield stack


@pytest.fixture(scope="module")
def showing():
    with make_stack(environment={"CALMUX_CANCELLED": "show", "CALMUX_CANCELLED_PREFIXES": PREFIXES}) as stack:
        yield stack


def cancelled_occurrence(master, title, begin, number):
    when = week(begin, number)
    return graph(fresh(), f"Canceled: {title}", when, type="exception", seriesMasterId=master, isCancelled=True,
                 originalStart=when.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def test_flag_and_prefix_remove(removing):
    for sender, fields in ((graph, {"isCancelled": True}), (flat, {})):
        event_id, title = fresh(), title_of("planning")
        post(removing, sender(event_id, title))
        assert removing.the(title)
        post(removing, sender(event_id, f"Abgesagt: {title}", **fields))
        assert not any(title in one.text for one in removing.read_calendar())


def test_a_title_alone_proves_nothing_where_there_is_a_flag(removing):
    title = f"Canceled: {title_of('flights, how to rebook them')}"
    post(removing, graph(fresh(), title, isCancelled=False))
    assert removing.the(title)


def test_a_cancelled_occurrence_is_left_out_of_its_series(removing):
    master, title, begin = fresh("master"), title_of("weekly"), at(9, 0, ahead=7)
    post(removing, weekly(master, title, begin, 4))
    post(removing, cancelled_occurrence(master, title, begin, 2))
    shown = Phone(removing).occurrences(begin - datetime.timedelta(days=1), begin + datetime.timedelta(weeks=5), title)
    assert shown == [week(begin, number).astimezone(UTC) for number in (0, 1, 3)]


def test_a_cancelled_meeting_is_shown_as_such(showing):
    for sender, fields in ((graph, {"isCancelled": True}), (flat, {})):
        event_id, title = fresh(), title_of("planning")
        post(showing, sender(event_id, title, isReminderOn=True))
        before = showing.the(title)
        assert before.text("STATUS") == "CONFIRMED" and before.alarms
        post(showing, sender(event_id, f"Abgesagt: {title}", isReminderOn=True, **fields))
        after = showing.the(f"Abgesagt: {title}")
        assert (after.uid, after.text("STATUS"), after.text("TRANSP")) == (before.uid, "CANCELLED", "TRANSPARENT")
        assert not after.alarms


def test_a_cancelled_occurrence_is_shown_in_its_series(showing):
    master, title, begin = fresh("master"), title_of("weekly"), at(9, 0, ahead=7)
    post(showing, weekly(master, title, begin, 4))
    post(showing, cancelled_occurrence(master, title, begin, 2))
    [resource] = [one for one in showing.read_calendar() if title in one.text]
    series, override = resource.events
    assert series.text("STATUS") == "CONFIRMED" and not series.all("EXDATE")
    assert (override.text("STATUS"), override.text("TRANSP"), override.start) == ("CANCELLED", "TRANSPARENT", week(begin, 2))


def test_a_cancelled_meeting_that_takes_place_after_all_is_confirmed(showing):
    event_id, title = fresh(), title_of("planning")
    post(showing, graph(event_id, f"Canceled: {title}", isCancelled=True))
    post(showing, graph(event_id, title))
    assert showing.the(title).text("STATUS") == "CONFIRMED"
