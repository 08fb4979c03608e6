"""`Prefer: wait=N` (RFC 7240): the sender hears the outcome, and nobody else is held up."""

import concurrent.futures
import time

import pytest

from payloads import deleted, fresh, graph, modified

OUTCOME = {"status", "operation", "source_event_id", "caldav_uid", "caldav_url", "processing_time_ms", "reason"}


def outcome(answer):
    assert answer.status == 200, answer
    assert OUTCOME <= set(answer.json), answer.json
    assert answer.headers["X-Request-ID"]
    return answer.json


def test_who_waits_hears_that_it_was_written(door, calm):
    event_id = fresh("waited")
    told = outcome(door.post(graph(event_id, f"waited {event_id}"), Prefer="wait=100"))
    assert (told["status"], told["source_event_id"]) == ("success", event_id)
    assert isinstance(told["processing_time_ms"], int)
    # No settling: the answer came after the write.
    event = calm.the(f"waited {event_id}")
    assert event.uid == told["caldav_uid"]
    assert told["caldav_url"] in calm.dav.hrefs()


def test_who_waits_for_a_deletion_hears_that_it_is_gone(door, calm):
    event_id = fresh("going")
    outcome(door.post(graph(event_id, f"going {event_id}"), Prefer="wait=100"))
    told = outcome(door.post(deleted(event_id), Prefer="wait=100"))
    assert (told["status"], told["operation"]) == ("success", "delete")
    assert calm.shown(f"going {event_id}") == []


def test_who_waits_hears_that_nothing_had_to_be_done(door):
    event_id = fresh()
    newer = graph(event_id, "newer")
    outcome(door.post(newer, Prefer="wait=100"))
    told = outcome(door.post(graph(event_id, "older", changed=modified(-600)), Prefer="wait=100"))
    assert told["status"] == "skipped" and told["reason"]


def test_who_waits_hears_that_it_went_wrong(door):
    told = outcome(door.post(graph(fresh(), "nowhere", end={"dateTime": "2001-01-01T00:00:00", "timeZone": "UTC"}), Prefer="wait=100"))
    assert told["status"] == "error" and told["reason"]


def test_a_duplicate_hears_what_became_of_the_first(door):
    event = graph(fresh(), "twice")
    first, second = outcome(door.post(event, Prefer="wait=100")), outcome(door.post(event, Prefer="wait=100"))
    assert (first["status"], second["status"]) == ("success", "success")
    assert first["request_id"] == second["request_id"]


def test_who_waits_for_a_batch_hears_of_each(door):
    ids = [fresh() for _ in range(3)]
    answer = door.post({"value": [graph(event_id, "of three") for event_id in ids]}, Prefer="wait=100")
    assert (answer.status, answer.json["status"]) == (200, "success"), answer
    assert [(one["source_event_id"], one["status"]) for one in answer.json["results"]] == [(event_id, "success") for event_id in ids]


@pytest.mark.parametrize("prefer", ["wait=", "wait=x", "wait=-1", "respond-async", "swait=5", "wait"])
def test_an_unusable_preference_is_no_preference(calm, prefer):
    answer = calm.direct.post(graph(fresh(), "preference"), Prefer=prefer)
    assert (answer.status, answer.json["status"]) == (200, "accepted")


@pytest.mark.parametrize("prefer", ["respond-async, wait=100", "Wait=100", "return=minimal; wait=100"])
def test_the_preference_is_found_among_others(calm, prefer):
    assert calm.direct.post(graph(fresh(), "preference"), Prefer=prefer).json["status"] == "success"


@pytest.fixture
def away(calm):
    """The CalDAV server does not answer."""
    with calm.wire.cut_off():
        yield
    calm.wait_health("healthy")
    calm.wait_settled()


def test_when_the_time_runs_out_the_answer_is_accepted(door, away):
    answer = door.post(graph(fresh(), "too late"), Prefer="wait=1")
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    assert set(answer.json) == {"status", "operation", "source_event_id", "request_id", "duplicate"}


def test_many_who_wait_hold_up_nobody(door, calm):
    """The stack has CALMUX_WORKERS=8: four may wait, further ones are answered at once, and health answers meanwhile."""
    with calm.wire.cut_off(), concurrent.futures.ThreadPoolExecutor(12) as pool:
        posts = [pool.submit(door.post, graph(fresh(), f"crowd {number}"), Prefer="wait=60") for number in range(12)]
        deadline = time.monotonic() + 50
        while sum(post.done() for post in posts) < 8 and time.monotonic() < deadline:
            time.sleep(0.05)
        at_once = [post.result() for post in posts if post.done()]
        assert len(at_once) == 8
        assert {(answer.status, answer.json["status"]) for answer in at_once} == {(200, "accepted")}
        assert door.get("/api/health/live").status == 200
        assert door.get("/api/health").json["components"]["database"]["status"] == "healthy"
        assert door.get("/api/stats").status == 200
        assert door.post(graph(fresh(), "meanwhile")).json["status"] == "accepted"
        calm.wire.mend()
        answers = [post.result() for post in posts]
    calm.wait_settled()
    calm.wait_health("healthy")
    assert sorted(answer.json["status"] for answer in answers) == ["accepted"] * 8 + ["success"] * 4


def test_who_waits_when_the_service_is_told_to_end_is_answered(calm):
    with calm.wire.cut_off(), concurrent.futures.ThreadPoolExecutor(1) as pool:
        event_id = fresh("drained")
        post = pool.submit(calm.direct.post, graph(event_id, f"drained {event_id}"), Prefer="wait=100")
        deadline = time.monotonic() + 60
        while not calm.postgres.rows("SELECT 1 FROM inbox WHERE source_event_id = %s", event_id) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert calm.service.terminate() == 0
        assert post.result().json["status"] == "accepted"
    calm.start_calmux()
    calm.wait_settled()
    assert calm.the(f"drained {event_id}")
