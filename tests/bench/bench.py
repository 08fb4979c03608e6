#!/usr/bin/python3
"""Measures Calmux against yardsticks on the same machine, and prints one table. It informs: a bar that is missed is no failure.

usage: bench.py [--build build/release] [--rounds 3] [--quick] [MEASUREMENT ...]

Each measurement starts what it needs (PostgreSQL with fsync, CalDAV servers, calmux), all of it private, and ends it. Ratios are taken
within a round, whose two sides follow each other, and their median counts. Exit 1 if a measurement could not run.
"""

import argparse
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(REPOSITORY / "tests/functional"), str(REPOSITORY / "tests/support")]

import caldav_servers  # noqa: E402
from bench_convergence import burst, single, storm  # noqa: E402
from bench_growth import growth, mapping  # noqa: E402
from bench_ingest import ingest  # noqa: E402
from bench_parts import Bench  # noqa: E402


class Table:
    def __init__(self):
        self._rows = []
        self.failures = []

    def row(self, figure, measured, bar, met):
        self._rows.append((figure, measured, bar, "ok" if met else "MISSED"))
        print(f"  {figure}: {measured} (bar {bar}) {self._rows[-1][3]}", file=sys.stderr, flush=True)

    def text(self):
        rows = [("figure", "measured", "bar", ""), *self._rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:], *(f"not measured: {failure}" for failure in self.failures)])


def disk_milliseconds():
    """What it takes to make 8 KB durable: without it an ingest rate says little."""
    with tempfile.TemporaryFile() as file:
        os.pwrite(file.fileno(), bytes(4 << 20), 0)
        os.fsync(file.fileno())
        times = []
        for number in range(200):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 8192, number * 8192)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begin) * 1000)
    return statistics.quantiles(times, n=100)


def on(kind, *measurements):
    """These measurements in turn, with one CalDAV server."""
    def run(bench, table):
        with caldav_servers.start(kind) as server:
            for measurement in measurements:
                measurement(bench, table, server)
    return run


MEASUREMENTS = {
    "mapping": mapping,
    "ingest": on("cyrus", ingest),
    "burst-cyrus": on("cyrus", burst),
    "burst-radicale": on("radicale", burst),
    "single-cyrus": on("cyrus", single),
    "single-radicale": on("radicale", single),
    "storm": on("cyrus", storm),
    "growth": growth,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=REPOSITORY / "build/release", help="where calmux and tests/ are built")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="short and small: shows that everything runs, not how fast it is")
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=f"only these: {' '.join(MEASUREMENTS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.measurements) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {' '.join(unknown)}")
    # A `with` is left by exceptions only: a signal becomes one.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))

    table = Table()
    disk = disk_milliseconds()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before; 8 KB to the disk in {disk[49]:.2f} ms (1 of 100: {disk[98]:.2f});"
          f" {arguments.rounds} rounds{', quick' if arguments.quick else ''}", flush=True)
    try:
        with Bench(arguments.build, arguments.rounds, arguments.quick) as bench:
            for name in arguments.measurements or MEASUREMENTS:
                begin = time.monotonic()
                print(f"{name} ...", file=sys.stderr, flush=True)
                try:
                    MEASUREMENTS[name](bench, table)
                except Exception as failure:  # one that cannot run must not keep the others from it
                    traceback.print_exc()
                    table.failures.append(f"{name}: {str(failure).splitlines()[0] if str(failure) else type(failure).__name__}")
                print(f"{name} took {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    except (OSError, RuntimeError) as failure:
        table.failures.append(f"everything: {failure}")
    print(table.text())
    return 1 if table.failures else 0


if __name__ == "__main__":
    sys.exit(main())
