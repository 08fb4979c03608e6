"""Reads a calendar over CalDAV and as iCalendar text, without calmux and without a library: the second opinion."""

import base64
import dataclasses
import datetime
import http.client
import re
import urllib.parse
import xml.etree.ElementTree
import zoneinfo

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"


@dataclasses.dataclass(frozen=True)
class Property:
    name: str
    parameters: dict
    value: str


class Component:
    """A VEVENT or VALARM: its own properties, and the components within."""

    def __init__(self, name):
        self.name = name
        self.properties = []
        self.components = []

    def all(self, name):
        return [one for one in self.properties if one.name == name]

    def get(self, name):
        found = self.all(name)
        assert len(found) <= 1, f"{len(found)} times {name}"
        return found[0] if found else None

    def text(self, name):
        """The TEXT value (RFC 5545 section 3.3.11); None where there is none."""
        found = self.get(name)
        return None if found is None else unescaped(found.value)

    def texts(self, name):
        """Values of a property that may be repeated and may hold a list."""
        return [unescaped(value) for one in self.all(name) for value in re.split(r"(?<!\\),", one.value)]

    def when(self, name):
        """A date, or an aware datetime."""
        found = self.get(name)
        return None if found is None else moment(found)

    @property
    def start(self):
        return self.when("DTSTART")

    @property
    def end(self):
        return self.when("DTEND")

    @property
    def uid(self):
        return self.text("UID")

    @property
    def alarms(self):
        return [component for component in self.components if component.name == "VALARM"]


@dataclasses.dataclass(frozen=True)
class Resource:
    href: str
    etag: str
    text: str

    @property
    def events(self):
        return events(self.text)


def unescaped(value):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def moment(found):
    value = found.value
    if "T" not in value:
        return datetime.datetime.strptime(value, "%Y%m%d").date()
    time = datetime.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
    if value.endswith("Z"):
        return time.replace(tzinfo=datetime.timezone.utc)
    assert "TZID" in found.parameters, f"{found.name} is a floating time"
    return time.replace(tzinfo=zoneinfo.ZoneInfo(found.parameters["TZID"]))


def content_line(line):
    """name *(";" parameter) ":" value, where a parameter's value may be quoted and hold any of these."""
    name, parameters, rest = "", {}, line
    found = re.match(r"[A-Za-z0-9-]+", rest)
    assert found, f"not a content line: {line!r}"
    name, rest = found[0].upper(), rest[found.end():]
    while rest.startswith(";"):
        found = re.match(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)', rest)
        assert found, f"not a parameter: {line!r}"
        parameters[found[1].upper()] = found[2].strip('"')
        rest = rest[found.end():]
    assert rest.startswith(":"), f"no value: {line!r}"
    return Property(name, parameters, rest[1:])


def components(text):
    """Every component of the outermost VCALENDAR."""
    root = Component("")
    stack = [root]
    # Not splitlines(): only CR LF ends a line (RFC 5545 section 3.1), U+2028 in a text does not.
    for line in re.split(r"\r?\n", re.sub(r"\r?\n[ \t]", "", text)):
        if not line:
            continue
        one = content_line(line)
        if one.name == "BEGIN":
            stack.append(Component(one.value))
            stack[-2].components.append(stack[-1])
        elif one.name == "END":
            assert stack.pop().name == one.value, f"END:{one.value} ends nothing"
        else:
            stack[-1].properties.append(one)
    assert stack == [root] and len(root.components) == 1 and root.components[0].name == "VCALENDAR", "not one VCALENDAR"
    return root.components[0]


def events(text):
    return [component for component in components(text).components if component.name == "VEVENT"]


class Dav:
    """A calendar collection, over plain HTTP."""

    def __init__(self, url, username, password):
        self._target = urllib.parse.urlsplit(url)
        self._authorization = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self.path = self._target.path

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self._target.hostname, self._target.port, timeout=120)
        try:
            connection.request(method, path, body=body, headers={"Authorization": self._authorization, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def hrefs(self):
        """Of every resource, with its ETag."""
        status, _, body = self.request("PROPFIND", self.path, '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
                                       {"Depth": "1", "Content-Type": "application/xml"})
        assert status == 207, f"PROPFIND: {status}"
        found = {}
        for response in xml.etree.ElementTree.fromstring(body).iter(DAV + "response"):
            href = response.findtext(DAV + "href")
            if not href.endswith("/"):
                found[href] = response.findtext(f".//{DAV}getetag")
        return found

    def get(self, href):
        status, headers, body = self.request("GET", href)
        assert status == 200, f"GET {href}: {status}"
        return Resource(href, headers["ETag"], body)

    def resources(self):
        """Every resource with its text; what PROPFIND lists and what the report finds must be the same."""
        status, _, body = self.request(
            "REPORT", self.path,
            '<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>'
            '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>',
            {"Depth": "1", "Content-Type": "application/xml"})
        if status == 404:
            return []
        assert status == 207, f"REPORT: {status}"
        return [Resource(response.findtext(DAV + "href"), response.findtext(f".//{DAV}getetag"), response.findtext(f".//{CALDAV}calendar-data"))
                for response in xml.etree.ElementTree.fromstring(body).iter(DAV + "response")]

    def put(self, name, text, **headers):
        """Writes by hand. `name` is a file name in the calendar, or an href."""
        href = name if name.startswith("/") else self.path + name
        status, _, body = self.request("PUT", href, text.encode(), {"Content-Type": "text/calendar; charset=utf-8", **headers})
        assert status in (200, 201, 204), f"PUT {href}: {status} {body}"
        return href

    def delete(self, href):
        status, _, _ = self.request("DELETE", href)
        assert status in (200, 204), f"DELETE {href}: {status}"
