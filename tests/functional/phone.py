"""What a phone sees: python3-caldav, through Caddy with its certificate, with the calendar's own account."""

import caldav

from calendar_reader import events
from payloads import UTC


class Phone:
    def __init__(self, stack):
        client = caldav.DAVClient(stack.phone_url, username=stack.server.username, password=stack.server.password,
                                  ssl_verify_cert=str(stack.ca_file))
        self.calendar = caldav.Calendar(client=client, url=stack.phone_url)

    def events(self, title):
        """The events of this title, each parsed by ourselves from what the library fetched."""
        found = [event for one in self.calendar.events() for event in events(one.data)]
        return [event for event in found if event.text("SUMMARY") == title]

    def event(self, title):
        found = self.events(title)
        assert len(found) == 1, f"{len(found)} events are called {title!r}"
        return found[0]

    def occurrences(self, start, end, title):
        """Starts of what is shown between two times, series expanded by the library or the server."""
        found = self.calendar.date_search(start, end, expand=True, compfilter="VEVENT")
        shown = [event for one in found for event in events(one.data) if event.text("SUMMARY") == title]
        return sorted(event.start.astimezone(UTC) for event in shown)
