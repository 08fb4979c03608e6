#!/usr/bin/python3
"""Reads the consolidated calendar as a phone would, through Caddy, and prints it. Knows nothing of Calmux.

usage: agenda.py RUN_ENV                          the agenda of the sample's week, for people
       agenda.py RUN_ENV --compare EXPECTED NOTIFICATIONS   exit 1 and a diff unless the sample's events are exactly EXPECTED

Only events that bear a title of the sample are compared, so that a calendar in which somebody else also wrote can be checked.
"""
import datetime
import difflib
import json
import os
import re
import sys

import caldav
import icalendar
import recurring_ical_events

from play_week import MONDAY, read_run_env, shift_weeks


def open_calendar(env):
    """RFC 6764 and RFC 4791 discovery: .well-known, principal, home, and the calendar of the address that the stack names."""
    # python3-caldav asks requests, which would prefer these over the file given to it, and a proxy over this machine.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    client = caldav.DAVClient(url=env["CALMUX_PUBLIC_URL"] + "/.well-known/caldav", username=env["CALMUX_CALDAV_USERNAME"],
                              password=env["CALMUX_CALDAV_PASSWORD"], ssl_verify_cert=env["CALMUX_CA_FILE"])
    calendars = client.principal().calendars()
    wanted = env["CALMUX_CALDAV_URL"].rstrip("/")
    for calendar in calendars:
        if str(calendar.url).rstrip("/") == wanted:
            return calendar
    sys.exit(f"run: {wanted} is not among the calendars that discovery finds: {[str(c.url) for c in calendars]}")


def is_date(value):
    return not isinstance(value, datetime.datetime)


def zone_of(moment):
    if moment.tzinfo is None:
        return "(no zone)"
    name = getattr(moment.tzinfo, "zone", None) or getattr(moment.tzinfo, "key", None) or str(moment.tzinfo)
    return re.sub(r"^/?(?:[\w.-]+/)*?(?=(?:[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+|UTC)$)", "", name)


class Entry:
    """One occurrence, at its own wall time, moved back by the weeks that the sample was moved by."""

    def __init__(self, event, weeks):
        start = event.decoded("DTSTART")
        end = event.decoded("DTEND") if "DTEND" in event else start
        back = datetime.timedelta(weeks=weeks)
        self.day = (start if is_date(start) else start.date()) - back
        self.order = (0, "") if is_date(start) else (1, start.astimezone(datetime.timezone.utc).isoformat())
        if is_date(start):
            last = end - datetime.timedelta(days=1) - back
            self.time = "all day" if last <= self.day else f"all day to {last}"
        else:
            local_end = end.astimezone(start.tzinfo)
            days = (local_end.date() - start.date()).days
            later = f" (+{days} day{'s' if days > 1 else ''})" if days else ""
            self.time = f"{start:%H:%M}-{local_end:%H:%M}{later} {zone_of(start)}"
        self.title = str(event.get("SUMMARY", ""))
        self.place = str(event.get("LOCATION", ""))
        marks = []
        if str(event.get("CLASS", "PUBLIC")) in ("PRIVATE", "CONFIDENTIAL"):
            marks.append("private")
        if str(event.get("TRANSP", "OPAQUE")) == "TRANSPARENT":
            marks.append("free")
        for alarm in event.walk("VALARM"):
            before = -alarm.decoded("TRIGGER")
            marks.append(f"reminder {before // datetime.timedelta(minutes=1)} min")
        self.tail = (f"  @ {self.place}" if self.place else "") + (f"  [{', '.join(marks)}]" if marks else "")

    def line(self):
        return f"{self.day}  {self.time}  {self.title}{self.tail}"


def entries(calendar, weeks):
    first = MONDAY + datetime.timedelta(weeks=weeks)
    last = first + datetime.timedelta(days=7)
    found = []
    for resource in calendar.events():
        parsed = icalendar.Calendar.from_ical(resource.data)
        found += [Entry(event, weeks) for event in recurring_ical_events.of(parsed).between(first, last)]
    return [entry for entry in found if MONDAY <= entry.day < MONDAY + datetime.timedelta(days=7)]


def titles(notifications):
    known = set()
    with open(notifications, encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)["body"]
            if isinstance(body, str):
                known.update(str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(body).walk("VEVENT"))
            else:
                known.update(item.get("subject") for item in [body, *body.get("exceptionOccurrences", [])])
    return known - {None, ""}


def compare(found, expected_file, notifications):
    known = titles(notifications)
    got = sorted(entry.line() for entry in found if entry.title in known)
    with open(expected_file, encoding="utf-8") as lines:
        expected = lines.read().splitlines()
    diff = list(difflib.unified_diff(expected, got, "expected", "read back over CalDAV", lineterm="", n=0))
    if diff:
        print("\n".join(diff), file=sys.stderr)
        sys.exit("run: the calendar that was read back is not the expected one")


def print_agenda(found, weeks):
    day = None
    for entry in sorted(found, key=lambda entry: (entry.day, entry.order, entry.title)):
        if entry.day != day:
            day = entry.day
            print(f"\n{day + datetime.timedelta(weeks=weeks):%A, %d %B %Y}")
        print(f"  {entry.time:<32}  {entry.title}{entry.tail}")


def main():
    env_file, *rest = sys.argv[1:]
    weeks = shift_weeks()
    found = entries(open_calendar(read_run_env(env_file)), weeks)
    if rest:
        compare(found, *rest[1:])
    else:
        print_agenda(found, weeks)


if __name__ == "__main__":
    main()
