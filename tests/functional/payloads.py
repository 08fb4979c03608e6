"""Events as the senders post them: Graph, the connector's flat V3 and V2 items, and what the earlier guide's flows make of them."""

import datetime
import itertools
import threading
import uuid
import zoneinfo

UTC = datetime.timezone.utc
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
WINDOWS_ZONES = {"Europe/Berlin": "W. Europe Standard Time", "America/New_York": "Eastern Standard Time", "UTC": "UTC"}

_counter = itertools.count()
_lock = threading.Lock()
_base = datetime.datetime.now(UTC) - datetime.timedelta(hours=6)


def fresh(word="event"):
    """An id of its own, with the characters that Exchange's ids have."""
    return f"AAMkAG-{word}-{uuid.uuid4().hex[:12]}+A/B_C="


def modified(seconds=0):
    """A lastModifiedDateTime later than all before, some hours ago."""
    with _lock:
        return _base + datetime.timedelta(milliseconds=next(_counter) * 10, seconds=seconds)


def day(ahead=14):
    """A date some days from now: within the window in which the trigger's deletions are believed."""
    return datetime.date.today() + datetime.timedelta(days=ahead)


def at(hour=10, minute=0, ahead=14, zone=BERLIN):
    return datetime.datetime.combine(day(ahead), datetime.time(hour, minute), zone)


def stamp(time):
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def wall(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.0000000")


def _zone(start):
    return str(getattr(start.tzinfo, "key", "UTC")) if isinstance(start, datetime.datetime) else "UTC"


def graph(event_id, subject, when=None, minutes=60, changed=None, **fields):
    """A Graph event; `when` a date makes it all-day. `fields` replace or add members."""
    start = at() if when is None else when
    changed = changed or modified()
    all_day = not isinstance(start, datetime.datetime)
    end = start + (datetime.timedelta(days=1) if all_day else datetime.timedelta(minutes=minutes))
    zone = WINDOWS_ZONES[_zone(start)]
    return {
        "@odata.etag": f'W/"{uuid.uuid4().hex}"',
        "id": event_id,
        "createdDateTime": stamp(_base),
        "lastModifiedDateTime": stamp(changed),
        "changeKey": uuid.uuid4().hex,
        "categories": [],
        "originalStartTimeZone": zone,
        "originalEndTimeZone": zone,
        "iCalUId": f"uid-{event_id}",
        "uid": f"uid-{event_id}",
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": False,
        "hasAttachments": False,
        "subject": subject,
        "bodyPreview": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": all_day,
        "isCancelled": False,
        "isOrganizer": True,
        "responseRequested": True,
        "seriesMasterId": None,
        "showAs": "busy",
        "type": "singleInstance",
        "webLink": "https://outlook.office365.com/owa/?itemid=AAMk%2BA%3D&exvsurl=1&path=/calendar/item",
        "onlineMeeting": None,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "body": {"contentType": "text", "content": ""},
        "start": {"dateTime": wall(start) if not all_day else f"{start}T00:00:00.0000000", "timeZone": zone},
        "end": {"dateTime": wall(end) if not all_day else f"{end}T00:00:00.0000000", "timeZone": zone},
        "location": {"displayName": "", "locationType": "default"},
        "locations": [],
        "recurrence": None,
        "attendees": [{"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
                       "emailAddress": {"name": "Bob Beispiel", "address": "bob@example.test"}}],
        "organizer": {"emailAddress": {"name": "Olga Organisatorin", "address": "olga@example.test"}},
        **fields,
    }


def flat(event_id, subject, when=None, minutes=60, changed=None, **fields):
    """An item of the connector's V3 trigger: UTC wall clock, no zone, people as addresses."""
    start = at() if when is None else when
    changed = changed or modified()
    all_day = not isinstance(start, datetime.datetime)
    begin = datetime.datetime.combine(start, datetime.time(), UTC) if all_day else start.astimezone(UTC)
    end = begin + (datetime.timedelta(days=1) if all_day else datetime.timedelta(minutes=minutes))
    return {
        "subject": subject,
        "start": wall(begin),
        "end": wall(end),
        "startWithTimeZone": begin.isoformat(),
        "endWithTimeZone": end.isoformat(),
        "body": "",
        "isHtml": True,
        "responseType": "organizer",
        "responseTime": "0001-01-01T00:00:00+00:00",
        "id": event_id,
        "createdDateTime": _base.isoformat(),
        "lastModifiedDateTime": changed.isoformat(),
        "organizer": "olga@example.test",
        "timeZone": "UTC",
        "iCalUId": f"uid-{event_id}",
        "categories": [],
        "webLink": "https://outlook.office365.com/owa/?itemid=AAMk%2BA%3D&exvsurl=1&path=/calendar/item",
        "requiredAttendees": "bob@example.test;",
        "optionalAttendees": "",
        "resourceAttendees": "",
        "location": "",
        "importance": "normal",
        "isAllDay": all_day,
        "recurrence": "none",
        "reminderMinutesBeforeStart": 0,
        "isReminderOn": False,
        "showAs": "busy",
        "responseRequested": True,
        "sensitivity": "normal",
        **fields,
    }


def flat_v2(event_id, subject, when=None, minutes=60, changed=None, **fields):
    """An item of the V2 trigger: PascalCase, numbers for enums."""
    start = at() if when is None else when
    changed = changed or modified()
    begin = start.astimezone(UTC)
    return {
        "Subject": subject,
        "Start": begin.isoformat(),
        "End": (begin + datetime.timedelta(minutes=minutes)).isoformat(),
        "ShowAs": 2,
        "Recurrence": 0,
        "ResponseType": 1,
        "ResponseTime": "0001-01-01T00:00:00+00:00",
        "Importance": 1,
        "Id": event_id,
        "DateTimeCreated": _base.isoformat(),
        "DateTimeLastModified": changed.isoformat(),
        "Organizer": "olga@example.test",
        "TimeZone": None,
        "SeriesMasterId": None,
        "iCalUId": f"uid-{event_id}",
        "Categories": [],
        "WebLink": "",
        "RequiredAttendees": "bob@example.test;",
        "OptionalAttendees": "",
        "ResourceAttendees": "",
        "Body": "",
        "IsHtml": False,
        "Location": "",
        "IsAllDay": False,
        "RecurrenceEnd": None,
        "NumberOfOccurrences": None,
        "Reminder": 15,
        "ResponseRequested": True,
        "ActionType": "added",
        **fields,
    }


def seed(event_id, subject, when=None, minutes=60, **fields):
    """What a flow of the earlier guide posts: nested names, filled from a trigger that has no such members."""
    start = at() if when is None else when
    begin = start.astimezone(UTC)
    return {
        "id": event_id,
        "changeKey": "null",
        "subject": subject,
        "body": "",
        "start": {"dateTime": wall(begin), "timeZone": "UTC"},
        "end": {"dateTime": wall(begin + datetime.timedelta(minutes=minutes)), "timeZone": "UTC"},
        "location": None,
        "attendees": "",
        "organizer": "null",
        "recurrence": "null",
        "categories": "",
        "sensitivity": "",
        "importance": "",
        "showAs": None,
        "isAllDay": "",
        "seriesMasterId": "null",
        "lastModifiedDateTime": "",
        **fields,
    }


def deleted(event_id):
    """What the trigger sends of a deleted item: the id carries data, the rest is blank."""
    return {"ActionType": "deleted", "IsAdded": False, "IsUpdated": False, "Id": event_id, "Subject": None, "Start": "", "End": "",
            "SeriesMasterId": None, "TimeZone": None, "ShowAs": 0, "Importance": 0, "iCalUId": ""}


def icalendar(uid, summary, when=None, minutes=60, lines=()):
    start = (at() if when is None else when).astimezone(UTC)
    utc = "%Y%m%dT%H%M%SZ"
    return "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Phone//EN", "BEGIN:VEVENT", f"UID:{uid}",
        f"DTSTAMP:{datetime.datetime.now(UTC).strftime(utc)}", f"DTSTART:{start.strftime(utc)}",
        f"DTEND:{(start + datetime.timedelta(minutes=minutes)).strftime(utc)}", f"SUMMARY:{summary}", *lines,
        "END:VEVENT", "END:VCALENDAR", ""])
