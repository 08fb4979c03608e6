"""What reaches the CalDAV server: as little as possible, and never an invitation."""

import concurrent.futures
import datetime
import math
import time

import calendar_reader
from door import ask, delivery
from expect import post, title_of
from payloads import at, deleted, fresh, graph


def test_a_storm_of_updates_costs_few_writes(calm):
    """Fifty updates of one event within a second: three writes at most. A slower machine earns as many more as the spacing allows."""
    event_id, title = fresh(), title_of("storm")
    versions = [graph(event_id, f"{title} {number}") for number in range(50)]

    def send(some):
        connection = calm.direct.connection()
        try:
            return [ask(connection, "POST", "/api/webhook/event", *delivery(version)).status for version in some]
        finally:
            connection.close()

    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {status for answered in pool.map(send, (versions[n::8] for n in range(8))) for status in answered} == {200}
    seconds = time.monotonic() - begin
    calm.wait_settled()
    writes = calm.wire.writes(containing=title[:30])
    assert 1 <= len(writes) <= 3 + (math.ceil(math.log2(seconds + 1)) if seconds > 1 else 0), (len(writes), seconds)
    assert calm.the(f"{title} 49")


def test_updates_while_the_server_is_slow_cost_two_writes(calm):
    event_id, title = fresh(), title_of("held")
    with calm.wire.held():
        assert calm.direct.post(graph(event_id, f"{title} first")).status == 200
        deadline = time.monotonic() + 60
        while not calm.postgres.rows("SELECT 1 FROM calendar_objects WHERE object_key = %s AND state = 'writing'", event_id):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for number in range(30):
            assert calm.direct.post(graph(event_id, f"{title} {number}")).status == 200
    calm.wait_settled()
    assert len(calm.wire.writes(containing=title[:30])) == 2
    assert calm.the(f"{title} 29")


def test_bookkeeping_changes_cost_no_write(calm):
    event_id, title = fresh(), title_of("bookkeeping")
    post(calm, graph(event_id, title))
    mark = calm.wire.mark()
    told = post(calm, graph(event_id, title, changeKey="another", **{"@odata.etag": "another"}))
    assert told["status"] == "skipped"
    assert calm.wire.writes(mark) == []


def test_redelivering_everything_writes_nothing(calm):
    """All that this stack was ever sent and could use, once as it came and once as new deliveries of the same statements."""
    calm.wait_settled()
    bodies = calm.postgres.rows("""
        SELECT source_id, media, operation, body FROM inbox WHERE state = 'done' AND operation <> 'delete' ORDER BY random() LIMIT 400""")
    assert len(bodies) > 5
    before = {resource.href: resource.etag for resource in calm.read_calendar()}
    mark = calm.wire.mark()
    connection = calm.direct.connection()
    try:
        for again in (False, True):
            for number, (source, media, operation, body) in enumerate(bodies):
                headers = {"Idempotency-Key": f"{mark}-{number}"} if again else {}
                payload = body if media == "icalendar" else body.encode()
                path = {"create": "/api/webhook/event/created", "update": "/api/webhook/event"}[operation]
                assert ask(connection, "POST", path, *delivery(payload, source=source, headers=headers)).status == 200
    finally:
        connection.close()
    calm.wait_settled()
    assert calm.wire.writes(mark) == []
    assert {resource.href: resource.etag for resource in calm.read_calendar()} == before


def test_a_restart_writes_nothing(calm):
    post(calm, graph(fresh(), title_of("before the restart")))
    mark = calm.wire.mark()
    calm.restart_calmux()
    calm.wait_health("healthy")
    calm.wait_settled()
    assert calm.wire.writes(mark) == []


def test_no_invitation_leaves_the_house(calm):
    """With people in every event posted by any test: none is written as one, and the server, which would mail them, mailed nobody."""
    event_id = fresh()
    post(calm, graph(event_id, title_of("invited")))
    post(calm, graph(event_id, title_of("invited, moved"), at(16)))
    post(calm, deleted(event_id))
    puts = calm.wire.exchanges("PUT")
    assert puts
    for put in puts:
        for component in [calendar_reader.components(put.body.decode())]:
            names = {one.name for event in component.components for one in event.properties} | {one.name for one in component.properties}
            assert not names & {"ORGANIZER", "ATTENDEE", "METHOD"}, put.body.decode()
    assert calm.server.mails() == []


def test_every_write_is_conditional_and_of_known_length(calm):
    post(calm, graph(fresh(), title_of("conditional")))
    changes = calm.wire.exchanges("PUT", "DELETE")
    assert changes
    for change in changes:
        headers = {name.lower(): value for name, value in change.headers.items()}
        assert headers.get("if-match", "*") != "*" or headers.get("if-none-match") == "*", (change.method, headers)
        assert "transfer-encoding" not in headers
        assert "expect" not in headers


def test_one_event_that_the_server_refuses_blocks_no_other(calm):
    bad, good = title_of("refused by the server"), title_of("taken by the server")
    with calm.wire.refusing(403, bad[:30]):
        answer = calm.direct.post(graph(fresh(), bad), Prefer="wait=60")
        assert answer.json["status"] == "error" and answer.json["reason"]
        post(calm, graph(fresh(), good))
    assert calm.the(good) and calm.shown(bad) == []


def test_what_the_server_refused_is_written_after_a_new_version(calm):
    event_id, title = fresh(), title_of("refused once")
    with calm.wire.refusing(403, title[:30]):
        assert calm.direct.post(graph(event_id, title), Prefer="wait=60").json["status"] == "error"
    post(calm, graph(event_id, title + " better"))
    assert calm.the(title + " better")


def test_what_the_server_refused_is_written_after_a_replay(calm):
    title = title_of("refused until replayed")
    with calm.wire.refusing(403, title[:30]):
        assert calm.direct.post(graph(fresh(), title), Prefer="wait=60").json["status"] == "error"
    calm.command("replay")
    calm.wait_settled()
    assert calm.the(title)


def test_a_series_is_there_before_its_single_occurrences_go(calm):
    title, master, ids = title_of("taken over"), fresh("master"), [fresh(f"occurrence{number}") for number in range(6)]
    begin = at(9, ahead=7)
    for number, event_id in enumerate(ids):
        post(calm, graph(event_id, title, begin + datetime.timedelta(days=number), type="occurrence", seriesMasterId=master))
    mark = calm.wire.mark()
    post(calm, graph(master, title, begin, type="seriesMaster", recurrence={
        "pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered", "startDate": str(begin.date()), "numberOfOccurrences": 6}}))
    calm.wait_settled()
    assert [write.method for write in calm.wire.writes(mark)] == ["PUT"] + ["DELETE"] * len(ids)
