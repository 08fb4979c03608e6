"""From a post to what a phone can read: bursts, single events, storms and redeliveries."""

import datetime
import shutil
import time
import urllib.parse
import uuid

from bench_events import encoded, small
from bench_parts import Client, Target, calendar_of, median, timed
from payloads import at, graph
from wire import Wire

PARALLEL = 8  # requests at a time to the CalDAV server, calmux's default
MKCALENDAR = ('<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>bare</displayname>'
              '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>')


def _make_calendar(target):
    status, _, body = target.dav.request("MKCALENDAR", target.dav.path, MKCALENDAR, {"Content-Type": "application/xml"})
    if status not in (200, 201):
        raise RuntimeError(f"MKCALENDAR was answered {status}: {body[:300]}")
    return target


def _renamed(resources):
    """The same bodies under UIDs of their own: a server holds a UID once for an account."""
    for resource in resources:
        fresh = uuid.uuid4().hex
        yield f"{fresh}.ics", resource.text.replace(resource.events[0].uid, fresh)


def _bare_puts(bench, target, resources):
    """The seconds that libcurl alone takes to put them into a new calendar."""
    folder = bench.folder / target.name
    folder.mkdir()
    for name, text in _renamed(resources):
        (folder / name).write_bytes(text.encode())
    result = bench.tool("put_loop", _make_calendar(target).collection, f"{target.username}:{target.password}", folder, PARALLEL)
    shutil.rmtree(folder)
    return result["seconds"]


def burst(bench, table, server):
    count = 200 if bench.quick else 1000
    ratios, rates, bare_rates, peak = [], [], [], []
    for number in range(bench.rounds):
        target = calendar_of(server, f"burst{number}")
        with bench.service(target) as service:
            time.sleep(1)
            begin = time.perf_counter()
            bench.load(service.port, small(), connections=16, requests=count, seconds=60)
            service.wait_converged(count)
            seconds = time.perf_counter() - begin
            peak.append(service.memory()[1])
        resources = target.dav.resources()
        if len(resources) != count:
            raise RuntimeError(f"{len(resources)} of {count} events are readable although all are recorded as written")
        bare = _bare_puts(bench, calendar_of(server, f"bare{number}"), resources)
        ratios.append(bare / seconds)
        rates.append(count / seconds)
        bare_rates.append(count / bare)
    share = median(ratios)
    table.row(f"burst of {count:,} until all are readable, {server.name}, of libcurl alone",
              f"{share:.2f} ({median(rates):.0f} of {median(bare_rates):.0f}/s)", ">= 0.90", share >= 0.9)
    table.row(f"resident memory, peak under the burst, {server.name}", f"{max(peak):.1f} MiB", "<= 64 MiB", max(peak) <= 64)


def single(bench, table, server):
    """One event on an idle system: post, wait for the outcome, read it; against a PUT of the same text."""
    count = 10 if bench.quick else 40
    target = calendar_of(server, "single")
    bare = _make_calendar(calendar_of(server, "single-bare"))
    authorization = {"Authorization": target.dav._authorization}
    ours, puts = [], []
    with bench.service(target) as service, Client(service.port) as flow, Client(urllib.parse.urlsplit(server.url).port) as phone:
        for number in range(count + 2):
            time.sleep(0.1)

            def post_and_read():
                answer = flow.post(small(f"single-{uuid.uuid4().hex}", "Single"), Prefer="wait=30")
                status, _, text = phone.request("GET", urllib.parse.urlsplit(answer["caldav_url"]).path, headers=authorization)
                if answer["status"] != "success" or status != 200:
                    raise RuntimeError(f"the event is not there: {answer}, GET: {status}")
                return answer, text

            took, (answer, text) = timed(post_and_read)
            time.sleep(0.1)
            fresh = uuid.uuid4().hex
            body = text.decode().replace(answer["caldav_uid"], fresh).encode()
            put, (status, _, _) = timed(lambda: phone.request("PUT", f"{bare.dav.path}{fresh}.ics", body, {
                **authorization, "Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}))
            if status not in (200, 201, 204):
                raise RuntimeError(f"PUT: {status}")
            if number >= 2:  # discovery and first connections are over
                ours.append(took * 1000)
                puts.append(put * 1000)
    bar = 1.5 * median(puts) + 20
    table.row(f"one event alone until it is readable, {server.name}", f"{median(ours):.1f} ms (a bare PUT: {median(puts):.1f})",
              f"<= 1.5 PUT + 20 = {bar:.1f} ms", median(ours) <= bar)


def storm(bench, table, server):
    """Writes that reach the server, counted between calmux and it."""
    wire = Wire(server.origin)
    home = urllib.parse.urlsplit(server.home_url).path
    target = Target(wire.origin + home, "storm", server.username, server.password, f"{server.home_url}storm/")
    count = 200 if bench.quick else 1000
    try:
        with bench.service(target) as service, Client(service.port) as flow:
            begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
            for number in range(50):
                changed = begin + datetime.timedelta(seconds=number)
                flow.post(encoded(graph("storm", f"Storm {number}", at(), changed=changed)))
            service.wait_converged(1)
            writes = wire.writes()
            # A spaced write may still be due a moment later.
            if b"Storm 49" not in writes[-1].body:
                raise RuntimeError("the last update was not written")
            table.row("writes for a storm of 50 updates of one event", f"{len(writes)} PUTs", "<= 3", len(writes) <= 3)

            body = small()
            bench.load(service.port, body, connections=16, requests=count, seconds=60, prefix="again-")
            service.wait_converged(count + 1)
            mark = wire.mark()
            bench.load(service.port, body, connections=16, requests=count, seconds=60, prefix="again-", idempotency_key="second-@ID@")
            service.wait_converged(count + 1)
            [(folded,)] = service.rows("SELECT count(*) FROM inbox WHERE state = 'done' AND source_event_id LIKE 'again-%%'")
            if folded != 2 * count:
                raise RuntimeError(f"{folded} of {2 * count} deliveries were folded")
            again = len(wire.writes(mark))
            table.row(f"writes when {count:,} unchanged events are delivered again", f"{again} PUTs", "0", again == 0)
    finally:
        wire.close()
