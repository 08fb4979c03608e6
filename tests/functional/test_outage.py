"""A part is away for a while: what is said meanwhile, and that all recovers by itself."""

import os
import signal
import time

import pytest

from payloads import fresh, graph
from parts import PATIENCE
from server_process import wait_until


@pytest.fixture(params=["direct", "caddy"])
def way(request, breakable):
    return getattr(breakable, request.param)


@pytest.fixture
def no_database(breakable):
    """PostgreSQL is stopped; afterwards it is there again, and calmux was not restarted."""
    pid = breakable.service.pid
    breakable.postgres.stop()
    yield breakable
    if not breakable.postgres.process:
        breakable.postgres.start()
    breakable.wait_health("healthy")
    assert breakable.service.running() and breakable.service.pid == pid


def test_without_a_database_nothing_is_accepted(no_database):
    stack = no_database
    stack.wait_health("unhealthy")
    for way in (stack.direct, stack.caddy):
        answer = way.post(graph(fresh(), "turned away"))
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["status"] == "error" and answer.headers["X-Request-ID"] == answer.json["request_id"]
        for prefer in ("wait=1", "wait=100"):
            assert way.post(graph(fresh(), "turned away"), Prefer=prefer).status == 503
        # A body that would be kept among the dead letters is not refused for good while it cannot be kept.
        assert way.post(b"{", source="careless").status == 503
        for path in ("/api/stats", "/api/events", "/api/dead-letters", "/api/sources/x", "/api/operations/x"):
            answer = way.get(path)
            assert answer.status == 503 and answer.headers["Retry-After"]
        health = way.get("/api/health", key=None)
        assert (health.status, health.json["status"]) == (503, "unhealthy")
        assert health.json["components"]["database"]["status"] == "unhealthy"
        assert way.get("/api/health/ready").status == 503
        assert way.get("/api/health/live").status == 200
        assert way.post(graph(fresh(), "x"), key="wrong").status == 401
    assert stack.direct.get("/metrics").status == 200


def test_after_the_database_came_back_deliveries_are_taken_again(no_database):
    stack = no_database
    event_id = fresh("back")
    assert stack.direct.post(graph(event_id, f"back {event_id}")).status == 503
    stack.postgres.start()
    wait_until(lambda: stack.direct.post(graph(event_id, f"back {event_id}")).status == 200, PATIENCE, "an accepted delivery")
    stack.wait_health("healthy")
    stack.wait_settled()
    assert stack.the(f"back {event_id}")
    assert stack.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id = %s", event_id) in (1, 2)


def test_a_database_that_hangs_holds_up_nobody(breakable):
    stack = breakable
    pids = stack.postgres.process.pids
    event_id = fresh("hung")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for way in (stack.direct, stack.caddy):
            answer = way.post(graph(event_id, f"hung {event_id}"))
            assert answer.status == 503 and answer.headers["Retry-After"]
            assert way.get("/api/health/live").status == 200
        stack.wait_health("unhealthy")
        assert stack.direct.get("/api/health/ready").status == 503
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    stack.wait_health("healthy")
    # It may have been stored after all: then this is a duplicate.
    assert stack.direct.post(graph(event_id, f"hung {event_id}"), Prefer="wait=100").status == 200
    stack.wait_settled()
    assert stack.the(f"hung {event_id}")


def test_a_calendar_server_that_hangs_holds_up_nobody(breakable):
    stack = breakable
    event_id = fresh("patient")
    with stack.wire.held():
        assert stack.direct.post(graph(event_id, f"patient {event_id}")).json["status"] == "accepted"
        for _ in range(20):
            assert stack.direct.post(graph(fresh(), "patient too")).json["status"] == "accepted"
        assert stack.direct.get("/api/stats").status == 200
        assert stack.direct.get("/api/health/ready").status == 200
    stack.wait_settled()
    assert stack.the(f"patient {event_id}")


def test_without_the_calendar_server_deliveries_are_kept_and_written_later(way, breakable):
    stack = breakable
    stack.server.stop()
    try:
        stack.wait_health("degraded")
        assert way.get("/api/health").status == 503
        assert way.get("/api/health/ready").status == 200
        ids = [fresh("kept") for _ in range(20)]
        for event_id in ids:
            assert way.post(graph(event_id, f"kept {event_id}")).json["status"] == "accepted"
            assert way.post(graph(event_id, f"kept {event_id}", location={"displayName": "newer"})).json["status"] == "accepted"
        told = way.post(graph(fresh(), "waiting"), Prefer="wait=2")
        assert (told.status, told.json["status"]) == (200, "accepted")
        mark = stack.wire.mark()
    finally:
        stack.server.restart()
    stack.wait_health("healthy")
    stack.wait_settled()
    for event_id in ids:
        assert stack.the(f"kept {event_id}").text("LOCATION") == "newer"
    assert len([one for one in stack.wire.writes(mark) if one.status in (200, 201, 204)]) == len(ids) + 1


def test_without_calmux_caddy_says_to_come_back(breakable):
    stack = breakable
    assert stack.service.terminate() == 0
    try:
        answer = stack.caddy.post(graph(fresh(), "nobody there"))
        assert (answer.status, answer.json["status"]) == (503, "error")
        assert answer.headers["Retry-After"]
    finally:
        stack.start_calmux()


def test_a_calendar_that_vanished_is_made_again_and_filled(breakable):
    stack = breakable
    event_id = fresh("kept through")
    assert stack.direct.post(graph(event_id, f"kept through {event_id}"), Prefer="wait=100").json["status"] == "success"
    stack.dav.delete(stack.dav.path)
    other = fresh("new")
    assert stack.direct.post(graph(other, f"new {other}"), Prefer="wait=100").json["status"] == "success"
    stack.command("reconcile")
    stack.wait_settled()
    assert stack.the(f"new {other}") and stack.the(f"kept through {event_id}")


def test_wrong_credentials_are_told_and_nothing_is_lost(breakable):
    stack = breakable
    assert stack.service.terminate() == 0
    stack.service = stack.launch(CALDAV_PASSWORD="wrong")
    try:
        stack.wait_ready()
        stack.wait_health("degraded")
        event_id = fresh("locked out")
        assert stack.direct.post(graph(event_id, f"locked out {event_id}")).status == 200
        reason = stack.direct.get("/api/health").json["components"]["caldav"]["reason"]
        assert "401" in reason and "wrong" not in reason
    finally:
        stack.restart_calmux()
    stack.wait_health("healthy")
    # What waits was tried with the wrong password; its back-off ends with the destination's return.
    stack.wait_settled(300)
    assert stack.the(f"locked out {event_id}")


def test_a_start_without_the_calendar_server_recovers_by_itself(breakable):
    stack = breakable
    assert stack.service.terminate() == 0
    stack.server.stop()
    stack.start_calmux()
    stack.wait_health("degraded")
    event_id = fresh("early")
    assert stack.direct.post(graph(event_id, f"early {event_id}")).status == 200
    stack.server.restart()
    stack.wait_health("healthy")
    stack.wait_settled()
    assert stack.the(f"early {event_id}")


def test_a_start_without_the_database_recovers_by_itself(breakable):
    stack = breakable
    assert stack.service.terminate() == 0
    stack.postgres.stop()
    stack.service = stack.launch()
    time.sleep(3)
    assert stack.service.running()
    stack.postgres.start()
    stack.wait_ready()
    event_id = fresh("late database")
    assert stack.direct.post(graph(event_id, f"late database {event_id}"), Prefer="wait=100").json["status"] == "success"
