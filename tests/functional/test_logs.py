"""What the logs say, and what they never say."""

import json
import time

import pytest

from door import API_KEY
from parts import DATABASE_PASSWORD
from payloads import deleted, flat, fresh, graph, icalendar, modified
from stack import OTHER_API_KEY

CANARY = "zitronenfalter"


@pytest.fixture(scope="module")
def text(calm):
    """Calmux's log, after deliveries of every kind that carry a canary in every text."""
    for way in (calm.direct, calm.caddy):
        event_id = fresh("logged")
        texts = {"body": {"contentType": "html", "content": f"<p>{CANARY}</p>"}, "location": {"displayName": CANARY}, "categories": [CANARY],
                 "attendees": [{"type": "required", "emailAddress": {"name": CANARY, "address": f"{CANARY}@example.test"}}]}
        way.post(graph(event_id, CANARY, **texts), Prefer="wait=60")
        way.post(graph(event_id, CANARY + " moved", **texts), Prefer="wait=60")
        way.post(graph(event_id, CANARY, changed=modified(-900), **texts), Prefer="wait=60")
        way.post(flat(fresh(), CANARY, body=CANARY, location=CANARY), Prefer="wait=60")
        way.post(icalendar(fresh(), CANARY), source="phone", Prefer="wait=60")
        way.post(deleted(event_id), Prefer="wait=60")
        way.post(f'{{"id": "x", "subject": "{CANARY}'.encode())
        way.post({"subject": CANARY, "location": CANARY})
        way.post({"value": CANARY})
        way.post(graph(fresh(), CANARY, start=None, end={"dateTime": CANARY, "timeZone": CANARY}), Prefer="wait=60")
        way.post(graph(fresh(), CANARY, **texts), key="wrong-" + CANARY)
        way.post("BEGIN:VCALENDAR\r\nSUMMARY:" + CANARY, source="phone")
        way.get(f"/api/events?source_id={CANARY}")
        way.get(f"/{CANARY}")
    with calm.wire.refusing(403, CANARY + " refused"):
        calm.direct.post(graph(fresh(), CANARY + " refused"), Prefer="wait=60")
    with calm.wire.cut_off():
        calm.direct.post(graph(fresh(), CANARY + " held up"), Prefer="wait=2")
    calm.wait_health("healthy")
    calm.wait_settled()
    time.sleep(0.5)
    return calm.log_text()


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_json_with_a_request_id(text):
    found = lines(text)
    assert found
    assert [one for one in found if not {"time", "level", "message", "request_id"} <= set(one)] == []


def test_a_request_can_be_followed_by_its_id(calm, text):
    event_id = fresh("followed")
    request_id = calm.direct.post(graph(event_id, "followed"), Prefer="wait=60").json["request_id"]
    time.sleep(0.2)
    mine = [one for one in lines(calm.log_text()) if one["request_id"] == request_id]
    assert len(mine) >= 2  # folded, written


def test_no_text_of_an_event_is_logged(text):
    assert [line for line in text.splitlines() if CANARY in line and f'source_id":"{CANARY}' not in line] == []


def test_no_key_is_logged(calm, text):
    for key in (API_KEY, OTHER_API_KEY, "wrong-" + CANARY):
        assert key not in text


def test_no_password_is_logged(calm, text):
    assert DATABASE_PASSWORD not in text
    assert f'"{calm.server.password}"' not in text and f":{calm.server.password}@" not in text


def test_nothing_secret_is_in_caddys_logs(calm, text):
    written = (calm.folder / "caddy.log").read_text() + "".join(path.read_text() for path in (calm.folder / "caddy").glob("*.log"))
    assert "/api/webhook/event" in written
    for secret in (API_KEY, OTHER_API_KEY, "wrong-" + CANARY):
        assert secret not in written


def test_a_refusal_by_the_server_is_told_with_its_reason(calm, text):
    errors = calm.direct.get("/api/sync-history?status=error&limit=1000").json["history"]
    assert [one for one in errors if "403" in one["detail"]]
