"""The contract's table of bad input, directly and through Caddy: what is refused, how, and that nothing of it is stored."""

import json

import pytest

from door import delivery, request_head
from expect import refused, stored
from payloads import fresh, graph

# -- 401 and 403


WRONG_KEYS = [{"key": None}, {"key": ""}, {"key": "wrong"}, {"key": "functional-test-key-onE"}, {"key": "functional-test-key-on"},
              {"key": "functional-test-key-one, functional-test-key-two"}, {"key": None, "Authorization": "Bearer wrong"},
              {"key": None, "Authorization": "Bearer "}, {"key": None, "Authorization": "Basic ZnVuY3Rpb25hbC10ZXN0LWtleS1vbmU="}]


def test_no_key_and_a_wrong_key_are_answered_401_alike(door, calm):
    event_id = fresh()
    answers = [door.post(graph(event_id, "no entry"), **how) for how in WRONG_KEYS]
    assert len({refused(answer, 401) for answer in answers}) == 1
    comparable = [{name.lower(): value for name, value in answer.headers.items()} for answer in answers]
    for headers in comparable:
        del headers["x-request-id"], headers["date"]
    assert all(headers == comparable[0] for headers in comparable)
    assert comparable[0]["www-authenticate"]
    assert stored(calm, event_id) == 0


@pytest.mark.parametrize("path", ["/api/stats", "/api/sources", "/api/sources/x", "/api/events", "/api/sync-history", "/api/dead-letters",
                                  "/api/operations/x", "/api/events/x/trace"])
def test_reading_needs_a_key(door, path):
    assert len({refused(door.get(path, **how), 401) for how in WRONG_KEYS[:3]}) == 1


@pytest.mark.parametrize("path", ["/api/dead-letters/replay", "/api/dead-letters/1/replay"])
def test_replaying_needs_a_key(door, path):
    refused(door.request("POST", path), 401)


def test_a_wrong_key_is_refused_before_anything_of_the_request_is_judged(door):
    """Who holds no key learns nothing, neither of sources nor of what is wrong with a body."""
    texts = {refused(door.post(b"{", key="wrong", source=None), 401), refused(door.post(graph(fresh(), "x"), key="wrong"), 401),
             refused(door.post(b"x", key="wrong", **{"Content-Type": "text/plain"}), 401)}
    assert len(texts) == 1


def test_a_key_that_is_not_for_this_source_is_answered_403(door, calm):
    key = calm.command("key", "new", "--source", "only.this").stdout.strip()
    calm.restart_calmux()  # so that the key is known now
    event_id = fresh()
    assert door.post(graph(event_id, "own source"), key=key, source="only.this").status == 200
    refused(door.post(graph(event_id, "foreign source"), key=key, source="another"), 403)
    assert calm.postgres.rows("SELECT source_id FROM inbox WHERE source_event_id = %s", event_id) == [("only.this",)]


# -- 400


# The place is the end of what could not be understood.
MALFORMED = [
    (b'{"id": "x",', "line 1, column 12"),
    (b'{"id": "x"\n "subject": "y"}', "line 2, column 10"),
    (b'{\n  "id": "x",\n  "subject": unquoted\n}', "line 3, column 14"),
    (b'{"id": "x", "subject": "\xff\xfe"}', "line 1, column 25"),
    (b"{'id': 'x'}", "line 1, column 2"),
    (b"not json", "line 1, column 2"),
    (b'{"id": "x"} trailing', "line 1, column 15"),
    (b'{"id": "x", "n": 01}', "line 1, column 19"),
    (b'{"id": "\x01"}', "line 1, column 9"),
]


@pytest.mark.parametrize("body, place", MALFORMED)
def test_malformed_json_is_refused_with_line_and_column(door, body, place):
    assert place in refused(door.post(body), 400)


WRONG_TYPES = [
    (5, ""), ("text", ""), (True, ""), (None, ""), ([], "value"), ({}, "id"), ({"value": []}, "value"), ({"value": "x"}, ""),
    ({"value": {"id": "x"}}, ""), ({"value": [5]}, "value[0]"), ([5], ""), ({"value": [None]}, "value[0]"),
    ({"id": ""}, "id"), ({"id": None}, "id"), ({"id": "null"}, "id"), ({"id": 5.5}, "id"), ({"id": ["x"]}, "id"), ({"id": {"a": "b"}}, "id"),
    ({"subject": "no id"}, "id"), ({"id": "x\ny", "subject": "control"}, "id"), ({"id": "x" * 5000}, "id"),
    ({"value": [{"id": "fine"}, {"subject": "no id"}]}, "value[1]"), ({"value": [{"id": "fine"}, {"id": {}}]}, "value[1]"),
    ({"id": "x", "ActionType": 7}, "ActionType"), ({"id": "x", "ActionType": "exploded"}, "ActionType"),
    ({"id": "x", "lastModifiedDateTime": {}}, "lastModifiedDateTime"),
]


@pytest.mark.parametrize("body, named", WRONG_TYPES)
def test_wrong_types_and_missing_ids_are_refused_by_name(calm, body, named):
    payload = json.dumps(body).encode()
    message = refused(calm.direct.post(payload), 400)
    assert named.lower() in message.lower(), message
    if isinstance(body, dict) and len(str(body.get("id", ""))) > 2:
        assert stored(calm, str(body["id"])) == 0


def test_of_a_batch_with_one_bad_item_nothing_is_stored(door, calm):
    event_id = fresh()
    message = refused(door.post({"value": [graph(event_id, "good"), {"subject": "no id"}]}), 400)
    assert "value[1]" in message
    assert stored(calm, event_id) == 0


@pytest.mark.parametrize("source", [None, "", "two words", "ü", "a/b", "x" * 101, "'; DROP TABLE inbox; --"])
def test_no_source_and_an_impossible_one_are_refused(calm, source):
    event_id = fresh()
    with calm.direct.raw() as raw:
        body, headers = delivery(graph(event_id, "no source"), source=source)
        raw.send(request_head("POST", "/api/webhook/event", {**headers, "Content-Length": len(body)}) + body)
        assert "X-Calendar-Source" in refused(raw.answer(), 400)
    assert stored(calm, event_id) == 0


def test_an_empty_body_is_refused(door):
    refused(door.post(b""), 400)


@pytest.mark.parametrize("body", [b'{"id": "nul\x00byte"}', b'{"id": "nul-escape-\\u0000-in-id"}'])
def test_a_nul_is_refused(door, body):
    refused(door.post(body), 400)


def test_a_nul_in_a_text_does_not_lose_the_event(calm):
    event_id = fresh()
    answer = calm.direct.post(graph(event_id, f"nul {event_id}", location={"displayName": "be\x00fore"}), Prefer="wait=60")
    assert answer.status in (200, 400), answer
    assert answer.status == 400 or answer.json["status"] == "success", answer


@pytest.mark.parametrize("text", [
    "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:no uid\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:todo\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"])
def test_malformed_icalendar_is_refused(door, text):
    refused(door.post(text, source="phone"), 400)
