"""What Outlook shows of a recurring event: Graph's patterns and ranges, counted out day by day. The reference for series."""

import calendar
import dataclasses
import datetime
import itertools

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = ("first", "second", "third", "fourth", "last")


@dataclasses.dataclass
class Series:
    pattern: dict
    range: dict
    start: datetime.date

    def dates(self, most):
        """The first occurrences, `most` at the most."""
        last = datetime.date.fromisoformat(self.range["endDate"]) if self.range["type"] == "endDate" else datetime.date.max
        count = self.range["numberOfOccurrences"] if self.range["type"] == "numbered" else most
        found = itertools.takewhile(lambda day: day <= last, (day for day in _candidates(self.pattern, self.start) if day >= self.start))
        return list(itertools.islice(found, min(most, count)))


def _candidates(pattern, start):
    """Days of the pattern in order, from about the start on, without end."""
    interval = pattern["interval"]
    if pattern["type"] == "daily":
        return (start + datetime.timedelta(days=interval * n) for n in itertools.count())
    if pattern["type"] == "weekly":
        first = DAYS.index(pattern["firstDayOfWeek"])
        week = start - datetime.timedelta(days=(start.weekday() - first) % 7)
        wanted = sorted((DAYS.index(day) - first) % 7 for day in pattern["daysOfWeek"])
        return (week + datetime.timedelta(days=7 * interval * n + offset) for n in itertools.count() for offset in wanted)
    yearly = pattern["type"].endswith("Yearly")
    months = ((start.year + interval * n, pattern["month"]) if yearly
              else divmod(start.year * 12 + start.month - 1 + interval * n, 12) for n in itertools.count())
    days = (_day_of_month(pattern, year, month if yearly else month + 1) for year, month in months)
    return itertools.chain.from_iterable(days)


def _day_of_month(pattern, year, month):
    length = calendar.monthrange(year, month)[1]
    if pattern["type"].startswith("absolute"):
        return [datetime.date(year, month, min(pattern["dayOfMonth"], length))]
    days = [datetime.date(year, month, day) for day in range(1, length + 1)
            if DAYS[datetime.date(year, month, day).weekday()] in pattern["daysOfWeek"]]
    return [days[-1 if pattern["index"] == "last" else INDEXES.index(pattern["index"])]]


def random_series(random, around):
    """Any of the six patterns with any of the three ranges, beginning with an occurrence as Outlook's series do."""
    kind = random.choice(["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"])
    pattern = {"type": kind, "interval": random.choice([1, 1, 2, 3, 5]), "month": 0, "dayOfMonth": 0, "daysOfWeek": [],
               "firstDayOfWeek": random.choice(["sunday", "monday", "saturday"]), "index": "first"}
    if kind == "weekly":
        pattern["daysOfWeek"] = random.sample(DAYS, random.randint(1, 4))
    if kind.startswith("relative"):
        pattern["daysOfWeek"] = random.choice([[random.choice(DAYS)], list(DAYS[:5]), list(DAYS[5:]), list(DAYS)])
        pattern["index"] = random.choice(INDEXES)
    if kind.startswith("absolute"):
        pattern["dayOfMonth"] = random.choice([1, 15, 28, 29, 30, 31])
    if kind.endswith("Yearly"):
        pattern["month"] = random.choice([2, 3, 6, 10, 12])
        pattern["interval"] = random.choice([1, 1, 2])
    start = next(day for day in _candidates(pattern, around) if day >= around)
    end = random.choice(["endDate", "noEnd", "numbered"])
    bound = {"type": end, "startDate": str(start), "endDate": "0001-01-01", "numberOfOccurrences": 0, "recurrenceTimeZone": ""}
    if end == "endDate":
        bound["endDate"] = str(start + datetime.timedelta(days=random.randint(0, 900)))
    if end == "numbered":
        bound["numberOfOccurrences"] = random.randint(1, 30)
    return Series(pattern, bound, start)
