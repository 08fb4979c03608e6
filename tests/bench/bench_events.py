"""The events that are posted: Graph's JSON, padded to the size that a figure names. @ID@ becomes each event's own id."""

import datetime
import json

from payloads import at, graph, stamp


def _sized(event, size):
    """The event's JSON with a body text that makes it `size` bytes long (ids are as long as their mark, near enough)."""
    words = "Agenda, minutes and actions of the weekly meeting; please read the notes before. "
    event["body"] = {"contentType": event["body"]["contentType"], "content": ""}
    missing = size - len(encoded(event))
    if missing < 0:
        raise ValueError(f"the event alone is {-missing} bytes longer than {size}")
    event["body"]["content"] = (words * (missing // len(words) + 1))[:missing]
    return encoded(event)


def encoded(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def small(event_id="@ID@", subject="Weekly @ID@", size=1500, **fields):
    """A connector-like event of 1.5 KB: what is usual, without the members that nobody fills."""
    event = graph(event_id, subject, at(), **fields)
    for name in ("createdDateTime", "changeKey", "hasAttachments", "webLink", "onlineMeeting", "responseStatus", "locations", "attendees", "uid"):
        del event[name]
    return _sized(event, size)


def _large(event, size):
    event["attendees"] = [{"type": "required", "status": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
                           "emailAddress": {"name": f"Person {number}", "address": f"person{number}@example.test"}} for number in range(6)]
    event["body"]["contentType"] = "html"
    frame = "<html><head><meta charset='utf-8'></head><body><div>@</div><p>Bring the <b>figures</b> &amp; the plan.</p></body></html>"
    room = size - len(encoded({**event, "body": {"contentType": "html", "content": frame}})) + 1
    paragraph = "<p>Agenda &amp; minutes of the <i>last</i> meeting, with <a href='https://example.test/a'>notes</a>.</p>"
    filling = paragraph * (room // len(paragraph))
    event["body"]["content"] = frame.replace("@", filling + "x" * (room - len(filling)))
    return event


def large(size=4096):
    """A Graph event of 4 KB with a text in HTML and some people."""
    return encoded(_large(graph("AAMkAG-bench-large", "Quarterly planning", at()), size))


def large_series(exceptions=100, size=4096):
    """A Graph master that carries as many exceptions along, all of that size."""
    master, begin, days = "AAMkAG-bench-series", at(), datetime.timedelta(days=1)
    changed = [_large(graph(f"{master}-{number}", f"Moved {number}", begin + number * days + datetime.timedelta(hours=1), type="exception",
                            seriesMasterId=master, originalStart=stamp(begin + number * days)), size) for number in range(exceptions)]
    recurrence = {"pattern": {"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"},
                  "range": {"type": "noEnd", "startDate": str(begin.date()), "endDate": "0001-01-01", "recurrenceTimeZone": "", "numberOfOccurrences": 0}}
    series = _large(graph(master, "Daily planning", begin, type="seriesMaster", recurrence=recurrence), size)
    return encoded({**series, "exceptionOccurrences": changed})
