"""How fast deliveries become durable, and what memory that takes."""

import time

from bench_events import small
from bench_parts import API_KEY, calendar_of, median

LOAD_CONNECTIONS = (16, 128)


def _rate(bench, port, connections):
    return bench.load(port, small(), connections=connections, seconds=2 if bench.quick else 5, warm_up=0.5 if bench.quick else 1)["rate"]


def ingest(bench, table, server):
    """Each round measures the yardstick and the service in turn, so that both meet the same machine."""
    ratios, rates = {n: [] for n in LOAD_CONNECTIONS}, {n: [] for n in LOAD_CONNECTIONS}
    bare_rates, p99s, p50s, idle, peak = {n: [] for n in LOAD_CONNECTIONS}, [], [], [], []
    for number in range(bench.rounds):
        for connections in LOAD_CONNECTIONS:
            with bench.server_tool("bare_receiver", API_KEY) as port:
                bare = _rate(bench, port, connections)
            with bench.service(calendar_of(server, f"ingest{number}-{connections}")) as service:
                time.sleep(1)
                idle.append(service.memory()[0])
                real = _rate(bench, service.port, connections)
                peak.append(service.memory()[1])
            rates[connections].append(real)
            bare_rates[connections].append(bare)
            ratios[connections].append(real / bare)
        # A service of its own: the backlog of the peak is not what half of the peak would have left.
        with bench.service(calendar_of(server, f"half{number}")) as service:
            half = bench.load(service.port, small(), connections=128, seconds=3 if bench.quick else 8, warm_up=1, rate=round(real / 2))
            peak.append(service.memory()[1])
        p99s.append(half["p99_ms"])
        p50s.append(half["p50_ms"])
    for connections in LOAD_CONNECTIONS:
        share = median(ratios[connections])
        table.row(f"durable ingest, {connections} connections, of the same receiver without a database",
                  f"{share:.2f} ({median(rates[connections]):,.0f} of {median(bare_rates[connections]):,.0f}/s)", ">= 0.50", share >= 0.5)
    best = max(median(rates[n]) for n in LOAD_CONNECTIONS)
    for bar in (1750, 6800):
        table.row("durable ingest, webhooks a second", f"{best:,.0f}/s", f">= {bar:,}/s", best >= bar)
    table.row(f"answer at half of the peak ({median(rates[128]) / 2:,.0f}/s), 99th percentile", f"{median(p99s):.1f} ms (median {median(p50s):.1f})", "< 25 ms",
              median(p99s) < 25)
    table.row("resident memory, idle after the start", f"{median(idle):.1f} MiB", "<= 24 MiB", median(idle) <= 24)
    table.row("resident memory, peak under the ingest load", f"{max(peak):.1f} MiB", "<= 64 MiB", max(peak) <= 64)
