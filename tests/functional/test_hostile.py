"""Clients that break things, hang on, or go away: directly and through Caddy."""

import concurrent.futures
import random

import pytest

from door import API_KEY, request_head
from framing import head
from payloads import fresh, graph

# Slow clients hang on while everything else is tried; test_tardy_clients.py looks at what became of them.
pytestmark = pytest.mark.usefixtures("slow_clients")


def test_random_garbage_breaks_nothing(way, rough):
    """Valid requests with random changes, from eight clients at once."""
    seed = random.randrange(1 << 30)
    print("seed", seed)

    def throw(number):
        dice = random.Random(seed + number)
        for _ in range(60):
            octets = bytearray(head(40) + b'{"id": "garbled-%d", "ActionType": "deleted"}' % dice.randrange(1 << 60))
            for _ in range(dice.choice([1, 1, 2, 5, 40])):
                where = dice.randrange(len(octets))
                change = dice.randrange(3)
                if change == 0:
                    octets[where] = dice.randrange(256)
                elif change == 1:
                    octets[where:where] = bytes(dice.choice([b"\r\n", b":", b" ", b"\x00", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n"]))
                else:
                    del octets[where:where + dice.randrange(1, 20)]
            try:
                with way.raw(timeout=30) as raw:
                    raw.send(bytes(octets))
                    if dice.random() < 0.5 and way.name == "direct":
                        raw.finish_sending()
                        raw.answers()
            except (OSError, AssertionError):
                pass

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(throw, range(8)))
    assert rough.service.running()
    event_id = fresh("after garbage")
    assert way.post(graph(event_id, "after garbage")).json["source_event_id"] == event_id


def test_clients_that_never_read_and_clients_that_only_connect_hold_up_nobody(way, rough):
    idle = [way.raw() for _ in range(150)]
    greedy = [way.raw() for _ in range(20)]
    try:
        for raw in greedy:
            raw.send(request_head("GET", "/api/sync-history?limit=1000", {"X-API-Key": API_KEY}) * 20)
        for _ in range(20):
            assert way.post(graph(fresh(), "while others hang")).status == 200
        assert way.get("/api/health/live").status == 200
    finally:
        for raw in idle + greedy:
            raw.close()


def test_a_storm_over_tls_brings_no_wrong_answer(rough):
    """As test_storm, but through Caddy's own front door: clients with TLS, of which half go away within their requests."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    wrong = []

    def run(number):
        dice = random.Random(seed + number)
        raw = None
        for turn in range(40):
            event_id = f"tls-{seed}-{number}-{turn}"
            body = b'{"id": "%s", "ActionType": "deleted"}' % event_id.encode()
            octets = head(len(body)) + body
            raw = raw or rough.caddy.raw()
            if dice.random() < 0.5:
                raw.send(octets[:dice.choice([len(octets), dice.randrange(len(octets))])])
                raw.close()
                raw = None
            else:
                raw.send(octets)
                answer = raw.answer()
                if answer.status == 200 and answer.json["source_event_id"] != event_id:
                    wrong.append((event_id, answer.text))
                elif answer.status not in (200, 429, 503):
                    wrong.append((event_id, answer.status))

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))
    assert wrong == []
