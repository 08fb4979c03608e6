"""What becomes of a series while its source changes it, in whatever order the changes arrive."""

import concurrent.futures
import datetime
import itertools

import icalendar
import pytest
import recurring_ical_events

from conftest import make_stack
from door import ask, delivery
from expect import post, title_of
from outlook_series import Series
from payloads import UTC, WINDOWS_ZONES, at, flat, fresh, graph, modified
from test_series import week, weekly

HOUR = datetime.timedelta(hours=1)
ZONE = WINDOWS_ZONES["Europe/Berlin"]


@pytest.fixture(scope="module")
def calm():
    with make_stack(environment={"CALMUX_WORKERS": "16"}) as stack:
        yield stack


def shown(stack, title, first, last):
    """Title and start of each occurrence whose title begins so, expanded by a library; twice where it is there twice."""
    found = []
    for resource in stack.read_calendar():
        if title in resource.text:
            found += recurring_ical_events.of(icalendar.Calendar.from_ical(resource.text)).between(first, last)
    return sorted((start.astimezone(UTC) if isinstance(start := event["DTSTART"].dt, datetime.datetime) else start,
                   str(event["SUMMARY"])) for event in found)


def weeks(stack, title, begin, count=8):
    return shown(stack, title, begin - HOUR, begin + datetime.timedelta(weeks=count))


def exception(master, title, begin, number, to, **fields):
    original = week(begin, number).astimezone(UTC).isoformat().replace("+00:00", "Z")
    return graph(fresh(), title, to, type="exception", seriesMasterId=master, originalStart=original, **fields)


def expected(title, times):
    return sorted((time.astimezone(UTC), title) for time in times)


START = datetime.date(2026, 1, 31)  # a Saturday, and the last day of a month that the next has not
PATTERNS = {
    "daily": {"interval": 3},
    "weekly": {"interval": 2, "daysOfWeek": ["saturday", "monday"]},
    "absoluteMonthly": {"interval": 1, "dayOfMonth": 31},
    "relativeMonthly": {"interval": 1, "daysOfWeek": ["saturday"], "index": "last"},
    "absoluteYearly": {"interval": 1, "dayOfMonth": 31, "month": 1},
    "relativeYearly": {"interval": 1, "daysOfWeek": ["saturday", "sunday"], "index": "last", "month": 1},
}
RANGES = {"endDate": {"endDate": "2029-06-30"}, "noEnd": {}, "numbered": {"numberOfOccurrences": 7}}


@pytest.mark.parametrize("bound", RANGES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pattern_with_each_range(calm, pattern, bound):
    title, most = title_of(f"{pattern} {bound}"), 25 if bound == "noEnd" else 1000
    rule = {"type": pattern, "month": 0, "dayOfMonth": 0, "daysOfWeek": [], "firstDayOfWeek": "monday", "index": "first", **PATTERNS[pattern]}
    end = {"type": bound, "startDate": str(START), "endDate": "0001-01-01", "numberOfOccurrences": 0, "recurrenceTimeZone": ZONE, **RANGES[bound]}
    start = next(iter(Series(rule, {**end, "type": "noEnd"}, START).dates(1)))
    begin = datetime.datetime.combine(start, datetime.time(9, 30), at().tzinfo)
    post(calm, graph(fresh(), title, begin, type="seriesMaster", recurrence={"pattern": rule, "range": end}))
    dates = [date for date in Series(rule, end, start).dates(most) if date.year < 2037]
    starts = [datetime.datetime.combine(date, begin.time(), begin.tzinfo) for date in dates]
    last = starts[-1] + (HOUR if bound == "noEnd" else datetime.timedelta(days=2500))
    assert shown(calm, title, begin - HOUR, last) == expected(title, starts)


def test_in_any_order_alone_repeated_or_late_it_is_the_same_series(calm):
    begin = at(9, 0, ahead=7)
    for number, order in enumerate(itertools.permutations(range(4))):
        title, master = title_of(f"order {number}"), fresh("master")
        gone = exception(master, title, begin, 1, week(begin, 1))
        events = [weekly(master, title, begin, 5), exception(master, title, begin, 2, week(begin, 2) + 3 * HOUR),
                  {**gone, "isCancelled": True, "lastModifiedDateTime": modified().isoformat()},
                  graph(fresh(), title, week(begin, 3), type="occurrence", seriesMasterId=master)]
        for index in order:
            calm.direct.post(events[index])
            if (number + index) % 3 == 0:
                calm.wait_settled()
        calm.direct.post(events[order[0]], Idempotency_Key=title)
        calm.direct.post(gone)  # late: told before it was cancelled
        calm.wait_settled()
        assert weeks(calm, title, begin) == expected(title, [begin, week(begin, 2) + 3 * HOUR, week(begin, 3), week(begin, 4)]), order


def test_an_occurrence_is_moved_onto_anothers_day(calm):
    title, master, begin = title_of("two on a day"), fresh("master"), at(9, 0, ahead=7)
    post(calm, weekly(master, title, begin, 4))
    post(calm, exception(master, title, begin, 1, week(begin, 2) + 2 * HOUR))
    assert weeks(calm, title, begin) == expected(title, [begin, week(begin, 2), week(begin, 2) + 2 * HOUR, week(begin, 3)])


def test_a_series_becomes_single_and_a_series_again(calm):
    title, event_id, begin = title_of("once and often"), fresh(), at(9, 0, ahead=7)
    post(calm, weekly(event_id, title, begin, 3))
    post(calm, exception(event_id, title, begin, 1, week(begin, 1) + HOUR))
    [resource] = [one for one in calm.read_calendar() if title in one.text]
    uid = resource.events[0].uid
    post(calm, graph(event_id, title, begin))
    assert weeks(calm, title, begin) == expected(title, [begin])
    post(calm, weekly(event_id, title, begin, 3))
    assert weeks(calm, title, begin)[0] == (begin.astimezone(UTC), title)
    [resource] = [one for one in calm.read_calendar() if title in one.text]
    assert resource.events[0].uid == uid


def test_a_series_is_split_in_two(calm):
    """'This and following': the old master ends earlier, a new one goes on. Exceptions after the cut go with their dates."""
    title, old, new, begin = title_of("split"), fresh("old"), fresh("new"), at(9, 0, ahead=7)
    post(calm, weekly(old, title, begin, 8))
    post(calm, exception(old, title, begin, 2, week(begin, 2) + HOUR))
    post(calm, exception(old, title, begin, 5, week(begin, 5) + HOUR))
    post(calm, weekly(old, title, begin, 4))
    post(calm, weekly(new, title + " new", week(begin, 4) + 3 * HOUR, 4))
    kept = [begin, week(begin, 1), week(begin, 2) + HOUR, week(begin, 3)]
    moved = [week(begin, number) + 3 * HOUR for number in range(4, 8)]
    assert weeks(calm, title, begin, 10) == sorted(expected(title, kept) + expected(title + " new", moved))


def test_a_changed_rule_drops_the_exceptions_that_it_has_no_date_for(calm):
    """As Outlook does. One that the source tells of again afterwards stays: nothing vanishes that the source still shows."""
    title, master, begin = title_of("from Monday to Tuesday"), fresh("master"), at(9, 0, ahead=7)
    post(calm, weekly(master, title, begin, 4))
    lost, told_again = (exception(master, title, begin, number, week(begin, number) + HOUR) for number in (1, 2))
    post(calm, lost)
    post(calm, told_again)
    tomorrow = begin + datetime.timedelta(days=1)
    told = post(calm, weekly(master, title, tomorrow, 4))
    assert "without 2 told before, whose dates its rule has no more" in told["reason"]
    moved = [week(tomorrow, number) for number in range(4)]
    assert weeks(calm, title, begin) == expected(title, moved)
    post(calm, {**told_again, "lastModifiedDateTime": modified().isoformat()})
    calm.wait_settled()
    assert weeks(calm, title, begin) == expected(title, [*moved, week(begin, 2) + HOUR])


def test_fifteen_posts_about_one_series_cost_few_writes(calm):
    """The trigger posts a change of a series once for each occurrence."""
    title, master, begin = title_of("fifteen"), fresh("master"), at(9, 0, ahead=7)
    ids = [fresh() for _ in range(15)]
    occurrences = [graph(one, title, week(begin, number), type="occurrence", seriesMasterId=master) for number, one in enumerate(ids)]
    for event in (weekly(master, title, begin, 15), *occurrences):
        calm.direct.post(event)
    calm.wait_settled()
    later = [week(begin + 2 * HOUR, number) for number in range(15)]
    changes = [weekly(master, title, begin + 2 * HOUR, 15),
               *(graph(one, title, later[number], type="occurrence", seriesMasterId=master) for number, one in enumerate(ids))]
    mark = calm.wire.mark()

    def send(event):
        connection = calm.direct.connection()
        try:
            return ask(connection, "POST", "/api/webhook/event", *delivery(event)).status
        finally:
            connection.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, changes)) == {200}
    calm.wait_settled()
    assert weeks(calm, title, begin, 16) == expected(title, later)
    assert 1 <= len(calm.wire.writes(mark)) <= 3


def test_fifteen_posts_about_one_occurrence_cost_few_writes(calm):
    title, master, begin = title_of("one occurrence"), fresh("master"), at(9, 0, ahead=7)
    post(calm, weekly(master, title, begin, 4))
    event_id, mark = fresh(), calm.wire.mark()
    versions = [{**exception(master, title, begin, 1, week(begin, 1) + number * datetime.timedelta(minutes=10)), "id": event_id}
                for number in range(1, 16)]
    for version in versions:
        assert calm.direct.post(version).status == 200
    calm.wait_settled()
    assert weeks(calm, title, begin) == expected(title, [begin, week(begin, 1) + datetime.timedelta(minutes=150), week(begin, 2), week(begin, 3)])
    assert 1 <= len(calm.wire.writes(mark)) <= 3


def test_occurrences_of_the_flat_trigger_are_never_missing_nor_double_when_their_master_comes(calm):
    title, master, begin = title_of("joined"), fresh("master"), at(9, 0, ahead=7)
    for number in range(4):
        post(calm, flat(fresh(), title, week(begin, number), seriesMasterId=master))
    before = weeks(calm, title, begin)
    assert before == expected(title, [week(begin, number) for number in range(4)])
    mark = calm.wire.mark()
    post(calm, weekly(master, title, begin, 4))
    calm.wait_settled()
    assert weeks(calm, title, begin) == before
    assert [one.method for one in calm.wire.writes(mark)] == ["PUT"] + ["DELETE"] * 4
