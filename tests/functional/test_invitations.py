"""Nobody is invited: on a CalDAV server that mails invitations (Cyrus, RFC 6638), with a sink in place of the mail server."""

import datetime
import time
import uuid

import pytest

import calendar_reader
from conftest import make_stack
from payloads import UTC, at, deleted, fresh, graph, icalendar
from test_series import week, weekly

ALICE = {"emailAddress": {"name": "Alice", "address": "alice@example.org"}}  # the account that Calmux writes with
BOB = {"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
       "emailAddress": {"name": "Bob", "address": "bob@elsewhere.test"}}
PEOPLE = {"organizer": ALICE, "attendees": [BOB], "isOrganizer": True}


@pytest.fixture(scope="module")
def inviting():
    with make_stack(caldav="cyrus", caddy=False) as stack:
        yield stack


def write(stack, event, **how):
    answer = stack.direct.post(event, Prefer="wait=60", **how)
    assert answer.json["status"] == "success", answer.json
    return answer.json


def invite_by_hand(stack):
    """What any client does that invites somebody. Returns once the mail is there, and with it all that was sent before."""
    word = uuid.uuid4().hex
    lines = ("ORGANIZER:mailto:alice@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org",
             "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@elsewhere.test")
    status, _, _ = stack.dav.request("PUT", f"{stack.dav.path}{word}.ics", icalendar(word, f"by hand {word}", lines=lines),
                                     {"Content-Type": "text/calendar; charset=utf-8"})
    assert status == 201
    deadline = time.monotonic() + 30
    while not any(word in mail.read_text() for mail in stack.server.mails()):
        assert time.monotonic() < deadline, "the server mails no invitations: this test could not fail"
        time.sleep(0.1)


def test_only_what_is_written_by_hand_invites(inviting):
    invite_by_hand(inviting)
    before = len(inviting.server.mails())
    single, master, begin = fresh(), fresh("master"), at(9, 0, ahead=7)
    write(inviting, graph(single, "Invited", **PEOPLE))
    write(inviting, graph(single, "Invited, moved", at(16), **PEOPLE))
    write(inviting, weekly(master, "Invited weekly", begin, 5, **PEOPLE))
    write(inviting, graph(fresh(), "Invited weekly, moved", week(begin, 2) + datetime.timedelta(hours=3), type="exception", seriesMasterId=master,
                          originalStart=week(begin, 2).astimezone(UTC).isoformat().replace("+00:00", "Z"), **PEOPLE))
    posted = icalendar(f"{fresh('posted')}", "Invited by iCalendar", lines=(
        "ORGANIZER:mailto:alice@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@elsewhere.test"))
    write(inviting, posted.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST"))
    write(inviting, graph(single, "Invited, moved", at(16), isCancelled=True, **PEOPLE))
    write(inviting, deleted(master))
    invite_by_hand(inviting)
    assert len(inviting.server.mails()) == before + 1

    puts = inviting.wire.exchanges("PUT")
    assert len(puts) >= 5
    for put in puts:
        calendar = calendar_reader.components(put.body.decode())
        names = {one.name for event in (calendar, *calendar.components) for one in event.properties}
        assert not names & {"ORGANIZER", "ATTENDEE", "METHOD"}, put.body.decode()
    assert "bob@elsewhere.test" in calendar_reader.events(puts[0].body.decode())[0].text("DESCRIPTION")  # a reader sees who takes part
