"""The contract's table of requests that are accepted, directly and through Caddy."""

import re
import uuid

import pytest

from payloads import deleted, flat, flat_v2, fresh, graph, icalendar, seed

ACCEPTED = {"status", "operation", "source_event_id", "request_id", "duplicate"}


def accepted(answer):
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Request-ID"] == answer.json["request_id"]
    assert answer.json["status"] == "accepted"
    return answer.json


def rows(stack, event_id):
    return stack.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id = %s", event_id)


def test_an_accepted_event_gets_the_documented_answer(door):
    event_id = fresh()
    body = accepted(door.post(graph(event_id, "accepted")))
    assert set(body) == ACCEPTED
    assert body["source_event_id"] == event_id
    assert body["duplicate"] is False
    assert body["request_id"]


@pytest.mark.parametrize("path, operation", [("created", "create"), ("updated", "update"), ("deleted", "delete")])
def test_the_paths_of_the_earlier_system_name_the_operation(door, path, operation):
    event_id = fresh()
    body = accepted(door.post(graph(event_id, "by path"), path=f"/api/webhook/event/{path}"))
    assert (body["operation"], body["source_event_id"]) == (operation, event_id)


@pytest.mark.parametrize("action, operation", [
    ("added", "create"), ("ADDED", "create"), ("Added", "create"), ("updated", "update"), ("uPdAtEd", "update"),
    ("deleted", "delete"), ("DELETED", "delete"), ("Deleted", "delete")])
@pytest.mark.parametrize("member", ["ActionType", "actionType", "ACTIONTYPE"])
def test_the_action_is_read_in_any_letter_case(calm, action, operation, member):
    body = accepted(calm.direct.post({**flat(fresh(), "any case"), member: action}))
    assert body["operation"] == operation


def test_without_an_action_an_event_is_created_or_updated(door):
    assert accepted(door.post(graph(fresh(), "no action")))["operation"] in ("create", "update")


@pytest.mark.parametrize("shape", [graph, flat, flat_v2, seed])
def test_every_shape_of_event_is_accepted(door, shape):
    event_id = fresh()
    assert accepted(door.post(shape(event_id, shape.__name__)))["source_event_id"] == event_id


@pytest.mark.parametrize("blank", ["", "null", None, "absent"])
def test_blank_members_of_the_earlier_flows_are_accepted(calm, blank):
    event_id = fresh()
    title = f"blank {event_id}"
    event = seed(event_id, title, showAs=blank, location=blank, sensitivity=blank, recurrence=blank, seriesMasterId=blank,
                 organizer=blank, attendees=blank, lastModifiedDateTime=blank, isAllDay=blank, categories=blank, importance=blank)
    if blank == "absent":
        event = {name: value for name, value in event.items() if value != "absent"}
    answer = calm.direct.post(event, Prefer="wait=60")
    assert (answer.status, answer.json["status"]) == (200, "success"), answer
    assert calm.the(title)


@pytest.mark.parametrize("tombstone", [
    deleted, lambda event_id: {"id": event_id, "ActionType": "deleted"}, lambda event_id: {"Id": event_id, "actionType": "Deleted"}])
def test_an_id_alone_is_enough_to_delete(door, tombstone):
    event_id = fresh()
    body = accepted(door.post(tombstone(event_id)))
    assert (body["operation"], body["source_event_id"]) == ("delete", event_id)


def test_an_id_alone_is_enough_on_the_path_for_deletions(door):
    event_id = fresh()
    assert accepted(door.post({"id": event_id}, path="/api/webhook/event/deleted"))["operation"] == "delete"


@pytest.mark.parametrize("wrapped", [lambda events: {"value": events}, lambda events: events])
def test_several_events_in_one_request_are_all_accepted(door, calm, wrapped):
    ids = [fresh("batch") for _ in range(5)]
    answer = door.post(wrapped([graph(event_id, f"batch {event_id}") for event_id in ids]))
    assert answer.status == 200, answer
    assert answer.json["status"] == "accepted"
    assert [one["source_event_id"] for one in answer.json["results"]] == ids
    assert all(set(one) == ACCEPTED for one in answer.json["results"])
    assert [rows(calm, event_id) for event_id in ids] == [1] * 5


def test_a_value_array_of_one_is_accepted(door):
    event_id = fresh()
    assert accepted(door.post({"value": [graph(event_id, "one")]}))["source_event_id"] == event_id


def test_an_icalendar_object_is_accepted(door):
    uid = f"{uuid.uuid4()}@phone.example"
    assert accepted(door.post(icalendar(uid, "from a phone"), source="phone"))["source_event_id"] == uid


def test_a_bearer_token_is_a_key(door):
    accepted(door.post(graph(fresh(), "bearer"), key=None, Authorization="Bearer functional-test-key-one"))


def test_each_of_two_keys_is_valid_during_a_rotation(door):
    accepted(door.post(graph(fresh(), "old key"), key="functional-test-key-one"))
    accepted(door.post(graph(fresh(), "new key"), key="functional-test-key-two"))


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=UTF-8", "application/json;charset=\"utf-8\"",
                                   "Application/JSON", "application/cloudevents+json", None])
def test_json_is_recognised_by_its_media_type(calm, media):
    accepted(calm.direct.post(graph(fresh(), "media"), **{"Content-Type": media}))


@pytest.mark.parametrize("header", ["x-api-key", "X-API-KEY"])
def test_header_names_are_read_in_any_letter_case(door, header):
    accepted(door.post(graph(fresh(), "headers"), key=None, **{header: "functional-test-key-one"}))


def test_headers_of_a_real_flow_do_no_harm(door):
    accepted(door.post(graph(fresh(), "flow"), **{
        "User-Agent": "azure-logic-apps/1.0 (workflow 4fd0; version 0858)", "x-ms-client-request-id": str(uuid.uuid4()),
        "x-ms-workflow-run-id": "08584", "Accept-Language": "en-US", "Accept": "foo", "Cookie": "bad", "Cache-Control": "max-age=x"}))


def test_a_new_source_registers_itself(door, calm):
    source = f"new.{uuid.uuid4().hex[:8]}"
    accepted(door.post(graph(fresh(), "first post"), source=source))
    assert calm.direct.get(f"/api/sources/{source}").json["source"]["source_id"] == source


# -- duplicates


@pytest.mark.parametrize("shape", [graph, flat, flat_v2])
def test_the_same_body_twice_is_stored_and_written_once(door, calm, shape):
    event_id = fresh("twice")
    event = shape(event_id, f"twice {event_id}")
    first, second = accepted(door.post(event)), accepted(door.post(event))
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert second["request_id"] == first["request_id"]
    assert rows(calm, event_id) == 1
    calm.wait_settled()
    assert len(calm.wire.writes(containing=f"twice {event_id}"[:40])) == 1


@pytest.mark.parametrize("header", ["Idempotency-Key", "webhook-id"])
def test_the_senders_own_key_makes_a_duplicate_whatever_the_body(door, calm, header):
    event_id, key = fresh(), str(uuid.uuid4())
    assert accepted(door.post(graph(event_id, "own key"), **{header: key}))["duplicate"] is False
    assert accepted(door.post(graph(event_id, "own key, retried"), **{header: key}))["duplicate"] is True
    assert rows(calm, event_id) == 1
    assert accepted(door.post(graph(event_id, "own key, next"), **{header: str(uuid.uuid4())}))["duplicate"] is False
    assert rows(calm, event_id) == 2


def test_another_version_another_operation_and_another_source_are_no_duplicates(calm):
    event_id = fresh()
    event = graph(event_id, "alike")
    deliveries = [dict(event=event), dict(event=graph(event_id, "alike")), dict(event=event, path="/api/webhook/event/created"),
                  dict(event=event, source="m365_tenant2")]
    assert [accepted(calm.direct.post(**one))["duplicate"] for one in deliveries] == [False] * 4


def test_a_batch_with_a_known_event_tells_which_one_it_was(door):
    known, new = graph(fresh(), "known"), graph(fresh(), "new")
    accepted(door.post({"value": [known]}))
    answer = door.post({"value": [known, new]})
    assert [one["duplicate"] for one in answer.json["results"]] == [True, False]
    assert answer.json["duplicate"] is False


# -- what became of it


def test_an_operation_tells_what_became_of_a_request(door, calm):
    event_id = fresh()
    request_id = accepted(door.post(graph(event_id, f"operation {event_id}")))["request_id"]
    calm.wait_settled()
    answer = door.get(f"/api/operations/{request_id}")
    assert answer.status == 200
    assert answer.json["request_id"] == request_id
    [delivery] = answer.json["deliveries"]
    assert (delivery["status"], delivery["source_event_id"]) == ("success", event_id)
    event = calm.the(f"operation {event_id}")
    assert delivery["caldav_uid"] == event.uid
    assert delivery["caldav_url"] in calm.dav.hrefs()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", delivery["received_at"])


def test_an_operation_of_a_batch_tells_of_each_event(calm):
    ids = [fresh() for _ in range(3)]
    request_id = calm.direct.post({"value": [graph(event_id, "of a batch") for event_id in ids]}).json["request_id"]
    calm.wait_settled()
    deliveries = calm.direct.get(f"/api/operations/{request_id}").json["deliveries"]
    assert [one["source_event_id"] for one in deliveries] == ids
    assert [one["status"] for one in deliveries] == ["success"] * 3


def test_an_unknown_operation_is_not_found(door):
    answer = door.get("/api/operations/0123456789abcdef0123456789abcdef")
    assert (answer.status, answer.json["status"]) == (404, "error")
