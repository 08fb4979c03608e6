"""Random series from Graph, with changed and cancelled occurrences, against what Outlook shows of them; expanded by a library from Debian."""

import datetime
import os
import random
import zoneinfo

import icalendar
import pytest
import recurring_ical_events

from conftest import make_stack
from outlook_series import random_series
from payloads import UTC, WINDOWS_ZONES, day, fresh, graph, modified, stamp, wall

ZONES = {**WINDOWS_ZONES, "America/Los_Angeles": "Pacific Standard Time", "Australia/Sydney": "AUS Eastern Standard Time",
         "Asia/Kolkata": "India Standard Time", "America/Sao_Paulo": "E. South America Standard Time", "Europe/London": "GMT Standard Time"}
MOST = 40
HORIZON = datetime.date(2037, 1, 1)  # the library knows no zone's rules after 2037
SERIES = 200
SEED = int(os.environ.get("CALMUX_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)


@pytest.fixture(scope="module")
def calm():
    with make_stack() as stack:
        yield stack


class Told:
    """A series as its source tells of it, and what it must look like: titles by instant or date."""

    def __init__(self, number):
        self.random = random.Random(SEED + number)
        self.number = number
        self.title = f"random {SEED}-{number}"
        self.event_id = fresh("master")
        self.all_day = self.random.random() < 0.2
        self.zone = zoneinfo.ZoneInfo(self.random.choice(list(ZONES)))
        self.time = datetime.time(self.random.randint(5, 21), self.random.choice([0, 15, 30]))
        self.minutes = self.random.choice([30, 60, 600, 1500])
        self.series = random_series(self.random, day(self.random.randint(-300, 100)))
        dates = self.series.dates(MOST)
        self.dates = [date for date in dates if date < HORIZON]
        self.goes_on = len(dates) == MOST or dates[-1] >= HORIZON
        self.expected = {self.when(date): self.title for date in self.dates}
        self.exceptions, self.cancelled = [], []
        for date in self.random.sample(self.dates, min(len(self.dates), self.random.choice([0, 0, 1, 2, 4]))):
            self.random.choice([self.cancel, self.retitle, self.move])(date)

    def when(self, date):
        return date if self.all_day else datetime.datetime.combine(date, self.time, self.zone).astimezone(UTC)

    def cancel(self, date):
        del self.expected[self.when(date)]
        self.cancelled.append(f"OID.{self.event_id}.{date}")

    def retitle(self, date):
        self.expected[self.when(date)] = self.title + " renamed"
        self.exceptions.append(self.exception(date, self.title + " renamed", self.when(date)))

    def move(self, date):
        to = self.when(date) + (datetime.timedelta(days=1) if self.all_day else datetime.timedelta(hours=3, minutes=5))
        if to in self.expected:
            return
        del self.expected[self.when(date)]
        self.expected[to] = self.title
        self.exceptions.append(self.exception(date, self.title, to))

    def exception(self, date, title, when):
        local = when if self.all_day else when.astimezone(self.zone)
        original = datetime.datetime.combine(date, datetime.time(), UTC) if self.all_day else self.when(date)
        return self.graph(fresh("exception"), title, local, type="exception", seriesMasterId=self.event_id,
                          occurrenceId=f"OID.{self.event_id}.{date}", originalStart=original.isoformat().replace("+00:00", "Z"))

    def graph(self, event_id, title, local, **fields):
        """Graph tells times in UTC beside the organiser's zone, or in the zone that was asked for."""
        event = graph(event_id, title, local if self.all_day else local.astimezone(UTC), self.minutes,
                      uid=f"uid-{self.event_id}", iCalUId=f"uid-{self.event_id}", **fields)
        if not self.all_day:
            event["originalStartTimeZone"] = event["originalEndTimeZone"] = ZONES[str(self.zone)]
            if self.number % 2:
                for name, time in (("start", local), ("end", local.astimezone(UTC) + datetime.timedelta(minutes=self.minutes))):
                    event[name] = {"dateTime": wall(time.astimezone(self.zone)), "timeZone": ZONES[str(self.zone)]}
        return event

    def master(self):
        first = self.dates[0]
        local = first if self.all_day else datetime.datetime.combine(first, self.time, self.zone)
        self.series.range["recurrenceTimeZone"] = self.random.choice(["", ZONES[str(self.zone)], "tzone://Microsoft/Custom"])
        return self.graph(self.event_id, self.title, local, type="seriesMaster",
                          recurrence={"pattern": self.series.pattern, "range": self.series.range}, cancelledOccurrences=self.cancelled)

    def posts(self):
        """The master with its exceptions, or each by itself in any order."""
        if self.number % 3 == 0:
            return [{**self.master(), "exceptionOccurrences": self.exceptions}]
        posts = [self.master(), *self.exceptions]
        self.random.shuffle(posts)
        return posts


def shown(text, told):
    """What the library makes of the resource, as far as the reference was counted out."""
    until = max((*told.expected, *map(told.when, told.dates)), default=told.when(told.series.start))
    until = until if told.all_day else until.date()
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(told.series.start - datetime.timedelta(days=2),
                                                                                until + datetime.timedelta(days=3))
    result = {}
    for event in found:
        start = event["DTSTART"].dt
        start = start.astimezone(UTC) if isinstance(start, datetime.datetime) else start
        assert start not in result, f"twice at {start}"
        result[start] = str(event["SUMMARY"])
    if told.goes_on:  # what comes after the last date that was counted out is not known
        last = told.when(told.dates[-1])
        result = {start: title for start, title in result.items() if start <= last or start in told.expected}
    return result


def test_random_series_are_what_outlook_shows(calm):
    series = [Told(number) for number in range(SERIES)]
    posts = [post for told in series for post in told.posts()]
    for begin in range(0, len(posts), 200):
        answer = calm.direct.post({"value": posts[begin:begin + 200]}, path="/api/webhook/event")
        assert answer.status == 200, answer
    calm.wait_settled(600)
    assert calm.postgres.rows("SELECT source_event_id, reason FROM inbox WHERE state = 'dead'") == []
    texts = {}
    for resource in calm.read_calendar():
        texts.setdefault(resource.events[0].text("SUMMARY"), []).append(resource.text)
    wrong = []
    for told in series:
        resources = texts.get(told.title, [])
        if len(resources) != 1 or shown(resources[0], told) != told.expected:
            got = {} if len(resources) != 1 else shown(resources[0], told)
            wrong.append(f"{told.title} in {told.zone}: {told.series.pattern} {told.series.range}: {len(resources)} resources; missing "
                         f"{sorted(set(told.expected.items()) - set(got.items()), key=str)[:5]}, too many "
                         f"{sorted(set(got.items()) - set(told.expected.items()), key=str)[:5]}\n{resources[0] if resources else ''}")
    assert not wrong, f"{len(wrong)} of {SERIES} series with CALMUX_SEED={SEED}:\n" + "\n".join(wrong[:3])
