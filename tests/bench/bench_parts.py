"""The parts that a measurement needs, started and ended by it: a database of its own, calmux before a CalDAV server, and the bench's tools."""

import contextlib
import dataclasses
import http.client
import itertools
import json
import pathlib
import shutil
import statistics
import subprocess
import time

from calendar_reader import Dav
from door import Door
from server_process import Process, free_port, private_folder, wait_until
from stack import Calmux, Postgres

API_KEY = "bench-key-of-nobody"
SOURCE = "m365_bench"
_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Target:
    """Where calmux writes: a calendar home and the calendar's name in it, or (no name) the calendar's own URL."""

    url: str
    name: str = ""
    username: str = ""
    password: str = ""
    collection: str = ""

    @property
    def dav(self):
        return Dav(self.collection, self.username, self.password)


def calendar_of(server, name):
    """A calendar of this name on a server of tests/support/caldav_servers.py; calmux creates it."""
    return Target(server.home_url, name, server.username, server.password, f"{server.home_url}{name}/")


class Bench:
    """What lives through the whole run: the database cluster, a folder for files, and the tools."""

    def __init__(self, build, rounds, quick):
        self.build = pathlib.Path(build).resolve()
        self.rounds = rounds
        self.quick = quick
        missing = [name for name in ("calmux", "tests/http_load", "tests/bare_receiver", "tests/put_loop", "tests/caldav_stub", "tests/map_loop")
                   if not (self.build / name).exists()]
        if missing:
            raise FileNotFoundError(f"not built in {self.build}: {' '.join(missing)}")
        self.folder = private_folder("bench")
        self.postgres = Postgres(self.folder)
        self.postgres.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- tools

    def tool(self, name, *arguments):
        """Runs a tool to its end; what it printed as JSON."""
        command = [str(word) for word in (self.build / "tests" / name, *arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if done.returncode != 0 or not done.stdout:
            raise RuntimeError(f"{name} ended with {done.returncode}: {done.stdout} {done.stderr}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def server_tool(self, name, *arguments):
        """A tool that prints its port and serves until it is ended. Yields the port."""
        log = self.folder / f"{name}{next(_numbers)}.log"
        process = Process([self.build / "tests" / name, *arguments], log)
        try:
            wait_until(lambda: log.read_text().endswith("\n") or not process.running(), 20, f"{name}'s start")
            if not process.running():
                raise RuntimeError(f"{name} ended by itself: {log.read_text()}")
            yield int(log.read_text())
        finally:
            process.stop()

    def load(self, port, body, **how):
        """Runs http_load with distinct events. `how`: connections, seconds, warm_up, requests, rate, prefix, idempotency_key."""
        how.setdefault("prefix", f"AAMkAG-bench-{next(_numbers)}-{time.time_ns()}-")
        headers = ["--header", f"X-API-Key: {API_KEY}", "--header", f"X-Calendar-Source: {SOURCE}"]
        if key := how.pop("idempotency_key", None):
            headers += ["--header", f"Idempotency-Key: {key}"]
        file = self.folder / "body.json"
        file.write_bytes(body)
        words = [word for name, value in how.items() for word in ("--" + name.replace("_", "-"), value)]
        result = self.tool("http_load", "--port", port, "--body-file", file, *headers, *words)
        if result["broken"] or result["unanswered"] or set(result["statuses"]) - {"200"}:
            raise RuntimeError(f"not every post was accepted: {result}")
        return result

    def service(self, target, **environment):
        return Service(self, target, environment)


class Service:
    """A `calmux serve` with a new database, which is dropped in the end. Use it in a `with`."""

    def __init__(self, bench, target, environment):
        self.bench = bench
        self.target = target
        self.extra = environment
        self.database = f"bench{next(_numbers)}"
        self.port = free_port()
        self.log = bench.folder / f"{self.database}.log"

    def __enter__(self):
        self.bench.postgres.create(self.database)
        self.process = Calmux([self.bench.build / "calmux", "serve"], self.log, environment={
            "DATABASE_URL": self.bench.postgres.url(self.database),
            "CALDAV_URL": self.target.url,
            "CALDAV_USERNAME": self.target.username,
            "CALDAV_PASSWORD": self.target.password,
            "CALDAV_CALENDAR_NAME": self.target.name,
            "API_KEY": API_KEY,
            "CALMUX_PORT": str(self.port),
            "CALMUX_RECONCILE_MINUTES": "0",
            "LOG_LEVEL": "warning",
            **self.extra,
        })
        wait_until(self._ready, 60, "calmux's readiness")
        self.connection = self.bench.postgres.connect(self.database)
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.stop()
        admin = self.bench.postgres.connect("postgres")
        with contextlib.closing(admin), admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    def _ready(self):
        if not self.process.running():
            raise RuntimeError(f"calmux ended by itself: {self.log.read_text()[-2000:]}")
        try:
            return Door("direct", self.port).request("GET", "/api/health/ready").status == 200
        except OSError:
            return False

    def rows(self, query, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def memory(self):
        """Resident now and at most so far, in MiB."""
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return tuple(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))

    def wait_converged(self, objects, patience=600):
        """Until nothing waits and so many objects are written. Asks the database, which knows it a moment after the calendar does."""
        deadline = time.monotonic() + patience
        while True:
            # Looks at what is open, which indexes know: counting everything again and again would slow down what is measured.
            [(open_objects, errors, open_deliveries)] = self.rows(
                "SELECT EXISTS (SELECT FROM calendar_objects WHERE workspace_id = 1 AND state IN ('pending', 'writing')),"
                " EXISTS (SELECT FROM calendar_objects WHERE workspace_id = 1 AND state = 'error'),"
                " EXISTS (SELECT FROM inbox WHERE workspace_id = 1 AND state IN ('pending', 'running'))")
            if errors:
                raise RuntimeError(f"there are objects that could not be written:\n{self.log.read_text()[-2000:]}")
            if not open_objects and not open_deliveries:
                [(clean,)] = self.rows("SELECT count(*) FROM calendar_objects WHERE state = 'clean'")
                if clean >= objects:
                    return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{objects} objects are not written after {patience} s")
            time.sleep(0.05)


class Client:
    """One kept-alive connection, for what is measured one after the other."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def request(self, method, path, body=None, headers=None):
        self._connection.request(method, path, body=body, headers=headers or {})
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def post(self, body, **headers):
        status, _, content = self.request("POST", "/api/webhook/event", body, {
            "Content-Type": "application/json", "X-API-Key": API_KEY, "X-Calendar-Source": SOURCE,
            **{name.replace("_", "-"): value for name, value in headers.items()}})
        if status != 200:
            raise RuntimeError(f"a post was answered {status}: {content[:500]}")
        return json.loads(content)

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def timed(action):
    begin = time.perf_counter()
    result = action()
    return time.perf_counter() - begin, result


median = statistics.median
