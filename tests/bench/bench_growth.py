"""What one update costs when a million events are known already, and what one event costs in memory alone."""

import contextlib
import random
import uuid

from bench_events import large, large_series, small
from bench_parts import SOURCE, Client, Target, median, timed

# One event that calmux itself stored is multiplied, so that the rows are what calmux would have made of as many events, whatever the columns are.
# An identity column is left out where its values are free, and drawn from its sequence where others refer to them.
MULTIPLY = """
CREATE FUNCTION pg_temp.multiply(name regclass, number text, changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE columns text; listed text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', '), string_agg(coalesce(changes ->> attname, 't.' || quote_ident(attname)), ', ')
  INTO columns, listed
  FROM pg_attribute WHERE attrelid = name AND attnum > 0 AND NOT attisdropped
    AND NOT (attidentity <> '' AND NOT changes ? attname);
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM (SELECT * FROM %s LIMIT 1) t, generate_series(1, %s) n',
                 name, columns, listed, name, number);
END $$;
SELECT pg_temp.multiply('calendar_objects', '{count}', '{{"id": "1000 + n", "object_key": "''bulk-'' || n", "group_key": "''bulk-'' || n", "uid": "md5(n::text)",
  "href": "''/calendar/'' || md5(n::text) || ''.ics''", "last_write_at": "now() - interval ''1 day''", "not_before": "NULL", "burst_writes": "0"}}');
SELECT pg_temp.multiply('source_events', '{count}', '{{"source_event_id": "''bulk-'' || n", "group_key": "''bulk-'' || n", "uid": "''uid-bulk-'' || n",
  "event": "jsonb_set(jsonb_set(t.event, ''{{source_event_id}}'', to_jsonb(''bulk-'' || n)), ''{{uid}}'', to_jsonb(''uid-bulk-'' || n))"}}');
SELECT pg_temp.multiply('event_mappings', '{count}', '{{"source_event_id": "''bulk-'' || n", "object_id": "1000 + n", "caldav_uid": "md5(n::text)",
  "caldav_url": "''/calendar/'' || md5(n::text) || ''.ics''"}}');
SELECT pg_temp.multiply('inbox', '{count}', '{{"source_event_id": "''bulk-'' || n", "request_id": "md5(''r'' || n)", "idempotency_key": "''bulk-'' || n",
  "object_id": "1000 + n", "body": "''{{}}''"}}');
SELECT pg_temp.multiply('sync_history', '{count}', '{{"source_event_id": "''bulk-'' || n", "request_id": "md5(''r'' || n)", "object_id": "1000 + n", "inbox_id": "n"}}');
"""


def _fill(service, count):
    with Client(service.port) as flow:
        answer = flow.post(small("template", "Bulk"), Prefer="wait=30")
        if answer["status"] != "success":
            raise RuntimeError(f"the event to be multiplied was not written: {answer}")
    with service.connection.cursor() as cursor:
        cursor.execute(MULTIPLY.format(count=count))
        cursor.execute("SELECT setval(pg_get_serial_sequence('calendar_objects', 'id'), 1000 + %s)", (count,))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    [(mappings,)] = service.rows("SELECT count(*) FROM event_mappings")
    if mappings <= count:
        raise RuntimeError(f"{mappings} mappings instead of {count} and more")


def _update(flow, number):
    """Posts a change of one of the many and waits until it is written."""
    answer = flow.post(small(f"bulk-{number}", f"Changed {uuid.uuid4().hex}"), Prefer="wait=30")
    if answer["status"] != "success" or answer["operation"] != "update":
        raise RuntimeError(f"the update was not written: {answer}")


def growth(bench, table):
    """The destination is a stub in memory, so what differs is Calmux and PostgreSQL alone."""
    sizes = (1000, 20_000 if bench.quick else 1_000_000)
    updates = 30 if bench.quick else 300
    ratios, times = [], {size: [] for size in sizes}
    with contextlib.ExitStack() as parts:
        flows, dice = {}, random.Random(4711)
        for size in sizes:
            stub = parts.enter_context(bench.server_tool("caldav_stub"))
            service = parts.enter_context(bench.service(Target(f"http://127.0.0.1:{stub}/calendar/")))
            _fill(service, size)
            flows[size] = parts.enter_context(Client(service.port))
        # Each event once: quick changes of one event are spaced on purpose.
        chosen = {size: iter(dice.sample(range(1, size + 1), min(size, updates * bench.rounds + 20))) for size in sizes}
        for size in sizes:
            for _ in range(20):
                _update(flows[size], next(chosen[size]))
        for _ in range(bench.rounds):
            took = {size: [] for size in sizes}
            for _ in range(updates):
                for size in sizes:
                    took[size].append(timed(lambda: _update(flows[size], next(chosen[size])))[0] * 1000)
            ratios.append(median(took[sizes[1]]) / median(took[sizes[0]]))
            for size in sizes:
                times[size].append(median(took[size]))
    table.row(f"one update among {sizes[1]:,} known events, of one among {sizes[0]:,} (CalDAV stub in memory)",
              f"{median(ratios):.2f} ({median(times[sizes[1]]):.1f} of {median(times[sizes[0]]):.1f} ms)", "<= 1.30", median(ratios) <= 1.3)


def mapping(bench, table):
    def measured(name, body, times, unit):
        file = bench.folder / f"{name}.json"
        file.write_bytes(body)
        results = [bench.tool("map_loop", file, times // 6 if bench.quick else times) for _ in range(bench.rounds)]
        total, *parts = (median(result[f"{part}_us"] for result in results) / unit for part in ("total", "parse", "decode", "resolve", "build"))
        return total, "parse {:.3g}, decode {:.3g}, resolve {:.3g}, build {:.3g}".format(*parts)

    total, parts = measured("large", large(), 3000, 1)
    table.row("decode, map and build a Graph event of 4,096 bytes", f"{total:.0f} us ({parts})", "<= 150 us", total <= 150)
    total, parts = measured("series", large_series(), 120, 1000)
    table.row("decode, map and build a series with 100 exceptions, 4,096 bytes each", f"{total:.1f} ms ({parts})", "<= 15 ms", total <= 15)
