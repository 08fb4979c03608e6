"""What many tests expect of an answer, of the database and of the service."""

import time
import uuid

from payloads import fresh, graph
from parts import PATIENCE


def refused(answer, status):
    """An error as every error is: one JSON object with a message, and the request's id in header and body. Returns the message."""
    assert answer.status == status, (answer.status, answer.text)
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json
    assert set(body) == {"status", "message", "request_id"} and body["status"] == "error"
    assert body["message"] and body["request_id"]
    assert answer.headers["X-Request-ID"] == body["request_id"]
    return body["message"]


def stored(stack, event_id):
    """How many deliveries of the event the inbox holds."""
    return stack.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id = %s", event_id)


def title_of(word):
    """A title that no other event has."""
    return f"{word} {uuid.uuid4().hex[:16]}"


def post(stack, event, **how):
    """Posts through Caddy and waits until it has come to an end."""
    answer = stack.caddy.post(event, Prefer="wait=100", **how)
    assert answer.status == 200, answer
    assert answer.json["status"] in ("success", "skipped"), answer.json
    return answer.json


def works_and_rests(stack):
    """After whatever was done to it: an event gets through, and nothing spins."""
    stack.wait_settled(600)
    title = title_of("after all")
    assert post(stack, graph(fresh(), title))["status"] == "success"
    assert stack.the(title)
    deadline = time.monotonic() + PATIENCE
    while True:
        before = stack.service.cpu_seconds()
        time.sleep(2)
        used = stack.service.cpu_seconds() - before
        if used < 0.4:
            return
        assert time.monotonic() < deadline, f"idle, yet it uses {used / 2:.0%} of a processor"
