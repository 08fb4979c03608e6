"""What cannot be used is kept for a person: refused bodies, and events that cannot be placed."""

import json

import pytest

from door import API_KEY
from expect import refused
from payloads import fresh, graph


def test_a_refused_body_is_kept_among_the_dead_letters_for_its_sender(calm):
    source = f"careless.{fresh()[13:20]}"
    body = b'{"id": "kept", "subject": "never closed'
    request_id = calm.direct.post(body, source=source).json["request_id"]
    [letter] = calm.direct.get(f"/api/dead-letters?source_id={source}").json["dead_letters"]
    assert letter["request_id"] == request_id
    assert "line 1" in letter["reason"]
    assert letter["body"] == body.decode()
    assert letter["replayable"] is False
    refused(calm.direct.request("POST", f"/api/dead-letters/{letter['id']}/replay", headers={"X-API-Key": API_KEY}), 404)


def test_the_body_of_a_stranger_is_not_kept(calm):
    calm.direct.post(b'{"canary-of-a-stranger', key="wrong")
    assert calm.postgres.value("SELECT count(*) FROM inbox WHERE body LIKE %s", "%canary-of-a-stranger%") == 0


# -- accepted, but it cannot be placed


UNPLACEABLE = [
    {"start": None, "end": None},
    {"end": {"dateTime": "2001-01-01T10:00:00.0000000", "timeZone": "UTC"}},
    {"start": {"dateTime": "yesterday", "timeZone": "UTC"}},
    {"start": {"dateTime": "2026-02-30T10:00:00", "timeZone": "UTC"}},
    {"start": {"dateTime": "2026-02-03T10:00:00", "timeZone": "Moon/Tycho"}, "end": {"dateTime": "2026-02-03T11:00:00", "timeZone": "Moon/Tycho"},
     "originalStartTimeZone": None, "originalEndTimeZone": None},
]


@pytest.mark.parametrize("fields", UNPLACEABLE)
def test_an_event_that_cannot_be_placed_is_accepted_and_becomes_a_dead_letter(door, calm, fields):
    event_id = fresh("nowhere")
    answer = door.post(graph(event_id, f"nowhere {event_id}", **fields))
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    calm.wait_settled()
    [letter] = [one for one in door.get("/api/dead-letters?limit=1000").json["dead_letters"] if one["source_event_id"] == event_id]
    assert letter["reason"] and letter["replayable"] is True
    [told] = door.get(f"/api/operations/{answer.json['request_id']}").json["deliveries"]
    assert told["status"] == "error" and told["reason"] == letter["reason"]
    assert calm.shown(f"nowhere {event_id}") == []


def test_dead_letters_are_replayed_one_by_one_and_all_together(calm):
    source = f"letters.{fresh()[13:20]}"
    for _ in range(3):
        calm.direct.post(graph(fresh("letter"), "letter", **UNPLACEABLE[0]), source=source)
    calm.wait_settled()

    def letters():
        return calm.direct.get(f"/api/dead-letters?source_id={source}").json["dead_letters"]

    before = letters()
    assert len(before) == 3
    answer = calm.direct.request("POST", f"/api/dead-letters/{before[0]['id']}/replay", headers={"X-API-Key": API_KEY})
    assert (answer.status, answer.json) == (200, {"status": "success", "replayed": 1})
    calm.wait_settled()
    assert [one["id"] for one in letters()] == [one["id"] for one in before]  # what cannot be placed is a dead letter again
    trace = calm.direct.get(f"/api/events/{before[0]['source_event_id'].replace('/', '%2F').replace('+', '%2B')}/trace").json["trace"]
    assert [one["outcome"] for one in trace["entries"] if one["what"] == "history"].count("dead") == 2
    answer = calm.direct.request("POST", "/api/dead-letters/replay", headers={"X-API-Key": API_KEY})
    assert answer.status == 200 and answer.json["replayed"] >= 3
    calm.wait_settled()
    assert len(letters()) == 3


def test_a_dead_letter_that_became_possible_is_written_after_a_replay(calm):
    """As after an upgrade that reads what an older version could not: here the cause is mended in the database."""
    event_id = fresh("mended")
    calm.direct.post(graph(event_id, f"mended {event_id}", **UNPLACEABLE[0]))
    calm.wait_settled()
    calm.postgres.rows("UPDATE inbox SET body = %s WHERE source_event_id = %s", json.dumps(graph(event_id, f"mended {event_id}")), event_id)
    done = calm.command("replay")
    assert "dead letter" in done.stdout
    calm.wait_settled()
    assert calm.the(f"mended {event_id}")


@pytest.mark.parametrize("path", ["/api/dead-letters/999999999/replay", "/api/dead-letters/none/replay"])
def test_an_unknown_dead_letter_is_not_found(door, path):
    refused(door.request("POST", path, headers={"X-API-Key": API_KEY}), 404)
