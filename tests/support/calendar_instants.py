#!/usr/bin/python3
"""Reads calendar objects with icalendar and dateutil and tells what instants they mean, so that tests can compare
what we write with what somebody else's library reads.

Standard input: for each object a line "OBJECT", then its text. Standard output: for each VEVENT one line with DTSTART and
DTEND in seconds since 1970 (for a date: its midnight in UTC), first by the object's own VTIMEZONE, then by the machine's zone data."""

import datetime
import io
import re
import sys
import zoneinfo

import icalendar
from dateutil import tz

UTC = datetime.timezone.utc


def seconds(value, zone):
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif zone is not None:
        value = value.replace(tzinfo=zone, fold=0)
    return int((value - datetime.datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def instants(text):
    zones = tz.tzical(io.StringIO("\n".join(re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE", text, re.S)))) \
        if "BEGIN:VTIMEZONE" in text else None
    for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
        by_body, by_machine = [], []
        for name in ("DTSTART", "DTEND"):
            tzid = event[name].params.get("TZID")
            by_body.append(seconds(event[name].dt, zones.get(tzid) if tzid else None))
            by_machine.append(seconds(event[name].dt, zoneinfo.ZoneInfo(tzid) if tzid else None))
        yield by_body + by_machine


def main():
    for text in sys.stdin.read().split("OBJECT\n")[1:]:
        for row in instants(text.replace("\r\n", "\n")):
            print(*row)


if __name__ == "__main__":
    main()
