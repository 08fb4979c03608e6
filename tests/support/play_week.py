"""What play.py and agenda.py share: the run.env file, and the week that the sample is played in."""
import datetime
import os
import re
import shlex

MONDAY = datetime.date(2026, 11, 23)

# Dates of November and December 2026 as the sample writes them: RFC 3339 and Graph, iCalendar, and inside an iCalUId, where the
# occurrence's date stands in hexadecimal digits (07EA0B17).
_DATES = re.compile(r"2026-1[12]-\d\d|(?<![0-9A-Za-z])20261[12]\d\d(?=[T\\])|(?<=82E008)07EA0[BC][0-9A-F]{2}")


def shift_weeks(today=None):
    """By how many weeks the sample is moved: none, as long as all of it lies where a flow's trigger looks.

    The trigger sees from 50 days back to 300 days ahead, and a "deleted" for an event outside is no proof of deletion; so in
    other years the same week is played around today.
    """
    given = os.environ.get("CALMUX_DEMO_TODAY")
    today = today or (datetime.date.fromisoformat(given) if given else datetime.date.today())
    if MONDAY - datetime.timedelta(days=290) <= today <= MONDAY + datetime.timedelta(days=40):
        return 0
    monday = today - datetime.timedelta(days=today.weekday())
    return (monday - MONDAY).days // 7


def shifted(text, weeks):
    def move(match):
        old = match.group()
        if old.startswith("07EA"):
            day = datetime.date(int(old[:4], 16), int(old[4:6], 16), int(old[6:], 16))
        else:
            day = datetime.date.fromisoformat(old if "-" in old else f"{old[:4]}-{old[4:6]}-{old[6:]}")
        day += datetime.timedelta(weeks=weeks)
        if old.startswith("07EA"):
            return f"{day.year:04X}{day.month:02X}{day.day:02X}"
        return day.isoformat() if "-" in old else day.strftime("%Y%m%d")

    return _DATES.sub(move, text) if weeks else text


def read_run_env(path):
    values = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.rstrip("\n").partition("=")
            values[name] = "".join(shlex.split(value))
    return values
