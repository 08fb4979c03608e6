"""The contract's section "Reading", and what a phone reaches through Caddy."""

import re
import urllib.parse
import uuid

import pytest

from payloads import deleted, fresh, graph, modified

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def source(calm):
    """A source with three events, of which one was changed, one deleted, and one sent late."""
    name = f"read.{uuid.uuid4().hex[:8]}"
    ids = [fresh("read") for _ in range(3)]
    for event_id in ids:
        assert calm.direct.post(graph(event_id, f"read {event_id}"), "/api/webhook/event/created", source=name, Prefer="wait=60").json["status"] == "success"
    calm.direct.post(graph(ids[0], f"read again {ids[0]}"), "/api/webhook/event/updated", source=name, Prefer="wait=60")
    calm.direct.post(graph(ids[0], "stale", changed=modified(-900)), "/api/webhook/event/updated", source=name, Prefer="wait=60")
    calm.direct.post(deleted(ids[2]), source=name, Prefer="wait=60")
    calm.direct.post(graph(fresh(), "nowhere", start=None, end={"dateTime": "2001-01-01T00:00:00", "timeZone": "UTC"}), source=name, Prefer="wait=60")
    calm.wait_settled()
    return {"name": name, "ids": ids}


def times_of(value):
    """Every value of a member whose name says it is a time."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None and (name.endswith("_at") or name in ("at", "last_sync", "last_seen", "last_change", "last_synced")):
                yield inner
            yield from times_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from times_of(inner)


def test_statistics_count_events_operations_and_sources(door, source):
    answer = door.get("/api/stats")
    assert (answer.status, answer.json["status"]) == (200, "success")
    stats = answer.json["stats"]
    assert stats["total_events"] == sum(stats["events_by_status"].values())
    assert set(stats["events_by_status"]) == {"synced", "pending", "error", "deleted"}
    assert stats["recent_sync_operations"]
    [mine] = [one for one in stats["sources"] if one["source_id"] == source["name"]]
    assert {"source_id", "display_name", "event_count", "last_sync", "sync_errors"} <= set(mine)
    assert (mine["event_count"], mine["sync_errors"]) == (2, 0)
    assert mine["last_sync"]


def test_sources_are_listed_and_told_one_by_one(door, source):
    listed = door.get("/api/sources").json
    assert listed["status"] == "success" and listed["count"] == len(listed["sources"])
    [mine] = [one for one in listed["sources"] if one["source_id"] == source["name"]]
    assert door.get(f"/api/sources/{source['name']}").json["source"]["source_id"] == mine["source_id"]
    assert door.get("/api/sources/unknown").status == 404


def test_events_are_filtered_by_source_and_status(door, source):
    def of(query):
        answer = door.get("/api/events?" + query)
        assert (answer.status, answer.json["status"]) == (200, "success")
        assert answer.json["count"] == len(answer.json["events"])
        return answer.json["events"]

    mine = of(f"source_id={source['name']}")
    assert {one["source_event_id"] for one in mine} >= set(source["ids"])
    assert {one["sync_status"] for one in mine if one["source_event_id"] in source["ids"][:2]} == {"synced"}
    assert [one["source_event_id"] for one in of(f"source_id={source['name']}&sync_status=deleted")] == [source["ids"][2]]
    assert of("source_id=unknown") == []
    assert of(f"source_id={source['name']}&sync_status=nonsense") == []
    assert {"id", "source_id", "source_event_id", "caldav_uid", "caldav_url", "sync_status", "last_synced"} <= set(mine[0])


def test_history_is_filtered_by_source_operation_and_status(door, source):
    def of(query=""):
        answer = door.get(f"/api/sync-history?source_id={source['name']}{query}")
        assert (answer.status, answer.json["status"]) == (200, "success")
        return answer.json["history"]

    everything = of()
    assert {one["source_id"] for one in everything} == {source["name"]}
    for name, value in (("operation_type", "delete"), ("operation_type", "update"), ("status", "skipped"), ("status", "success"), ("status", "error")):
        found = of(f"&{name}={value}")
        assert found and found == [one for one in everything if one[name] == value]
    assert of("&operation_type=create&status=success") == [one for one in everything if (one["operation_type"], one["status"]) == ("create", "success")]


@pytest.mark.parametrize("path, member", [("/api/events", "events"), ("/api/sync-history", "history"), ("/api/dead-letters", "dead_letters")])
def test_lists_are_paged_newest_first(door, source, path, member):
    everything = door.get(f"{path}?source_id={source['name']}&limit=1000").json[member]
    assert [one["id"] for one in everything] == sorted((one["id"] for one in everything), reverse=True)
    pages, before = [], ""
    while page := door.get(f"{path}?source_id={source['name']}&limit=2{before}").json[member]:
        assert len(page) <= 2
        pages += page
        before = f"&before_id={page[-1]['id']}"
    assert pages == everything


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=1001", "limit=ten", "limit=1e3", "before_id=0", "before_id=x", "limit=99999999999999999999"])
@pytest.mark.parametrize("path", ["/api/events", "/api/sync-history", "/api/dead-letters"])
def test_an_impossible_page_is_refused(calm, path, query):
    answer = calm.direct.get(f"{path}?{query}")
    assert answer.status == 400
    assert query.partition("=")[0] in answer.json["message"]


@pytest.mark.parametrize("query", ["source_id=%27%3B%20DROP%20TABLE%20inbox%3B--", "source_id=%25", "sync_status=%FF", "status=%C3%28", "source_id=" + "x" * 4000])
@pytest.mark.parametrize("path", ["/api/events", "/api/sync-history", "/api/dead-letters"])
def test_strange_filters_find_nothing_and_break_nothing(calm, path, query):
    assert calm.direct.get(f"{path}?{query}").status in (200, 400)


@pytest.mark.parametrize("path", ["/api/sources/%FF", "/api/operations/%FF", "/api/events/%C3%28/trace", "/api/events/" + "x" * 4000 + "/trace",
                                  "/api/events/99999999999999999999/trace", "/api/sources/%25%27%22"])
def test_strange_names_are_not_found(calm, path):
    assert calm.direct.get(path).status in (400, 404)


def test_a_trace_tells_everything_of_one_event_in_order(door, source):
    answer = door.get(f"/api/events/{urllib.parse.quote(source['ids'][0], safe='')}/trace")
    assert (answer.status, answer.json["status"]) == (200, "success")
    trace = answer.json["trace"]
    [event] = trace["events"]
    assert (event["source_id"], event["source_event_id"]) == (source["name"], source["ids"][0])
    assert event["mapping"]["sync_status"] == "synced"
    entries = trace["entries"]
    assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
    assert [one["what"] for one in entries].count("received") == 3
    assert entries[0]["what"] == "received"
    outcomes = [one["outcome"] for one in entries if one["what"] == "history"]
    assert {"created", "updated", "stale"} <= set(outcomes)
    assert all(one["detail"] for one in entries if one["what"] == "history" and one["outcome"] == "stale")
    by_mapping = door.get(f"/api/events/{event['mapping']['id']}/trace").json["trace"]
    assert by_mapping["entries"] == entries


def test_the_trace_on_the_command_line_is_the_same(calm, source):
    told = calm.command("trace", source["ids"][0]).stdout
    assert source["ids"][0] in told and "stale" in told


def test_an_unknown_event_has_no_trace(door, calm):
    assert door.get("/api/events/nobody/trace").status == 404
    assert calm.command("trace", "nobody", check=False).returncode == 1


@pytest.mark.parametrize("path", ["/api/stats", "/api/sources", "/api/events", "/api/sync-history", "/api/dead-letters"])
def test_all_times_are_rfc3339_in_utc(door, source, path):
    found = list(times_of(door.get(path).json))
    assert found
    assert [one for one in found if not RFC3339.fullmatch(one)] == []


def test_times_of_a_trace_are_rfc3339_in_utc(door, source):
    found = list(times_of(door.get(f"/api/events/{urllib.parse.quote(source['ids'][0], safe='')}/trace").json))
    assert found and all(RFC3339.fullmatch(one) for one in found)
