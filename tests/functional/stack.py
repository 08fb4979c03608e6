"""The real parts, started for a test: PostgreSQL, a CalDAV server behind a recording proxy, calmux, and Caddy with the repository's Caddyfile.

Every part can be stopped, killed -9 and started again on the same port and with the same state. All state is in one temporary folder.
"""

import os
import pathlib
import shutil
import subprocess
import time
import urllib.parse

import caldav_servers
from calendar_reader import Dav
from door import API_KEY, Door
from parts import PATIENCE, REPOSITORY, Calmux, Postgres
from server_process import Process, free_port, private_folder, wait_until
from wire import Wire

BINARY = pathlib.Path(os.environ.get("CALMUX_BINARY", REPOSITORY / "build/release/calmux"))
TOOLS = pathlib.Path(os.environ.get("CALMUX_TOOLS", REPOSITORY / "build/release/tests"))

OTHER_API_KEY = "functional-test-key-two"


class Stack:
    """All parts, or those that are asked for. Use it in a `with`."""

    def __init__(self, caldav="radicale", caddy=True, environment=None):
        if not BINARY.exists():
            raise FileNotFoundError(f"{BINARY} is not built; build it, or name another in CALMUX_BINARY")
        self.folder = private_folder("functional")
        self.port, self.http_port, self.https_port = free_port(), free_port(), free_port()
        self.log = self.folder / "calmux.log"
        self.postgres = Postgres(self.folder)
        self.server = self.wire = self.service = self.front = self.plain = self.plain_process = None
        self.extra = environment or {}
        self.with_caddy = caddy
        try:
            self.postgres.start()
            self.postgres.create()
            self.server = caldav_servers.start(caldav)
            self.wire = Wire(self.server.origin)
            self.start_calmux()
            if caddy:
                self.start_caddy()
        except BaseException:
            self.close(check=False)
            raise

    # -- the ways in

    @property
    def direct(self):
        return Door("direct", self.port)

    @property
    def caddy(self):
        return Door("caddy", self.https_port, ca_file=self.ca_file)

    @property
    def ca_file(self):
        return self.folder / "caddy/pki/authorities/local/root.crt"

    # -- calmux

    @property
    def environment(self):
        """What calmux is told. Sanitizers read theirs from the caller's."""
        inherited = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        return {
            **inherited,
            "DATABASE_URL": self.postgres.url(),
            "CALDAV_URL": self.wire.origin + urllib.parse.urlsplit(self.server.url).path,
            "CALDAV_USERNAME": self.server.username,
            "CALDAV_PASSWORD": self.server.password,
            "CALDAV_CALENDAR_NAME": "calmux",
            "API_KEY": f"{API_KEY}, {OTHER_API_KEY}",
            "CALMUX_PORT": str(self.port),
            "CALMUX_RECONCILE_MINUTES": "0",
            **self.extra,
        }

    def launch(self, log=None, **environment):
        """One more `calmux serve`, which the caller waits for and ends."""
        return Calmux([BINARY, "serve"], log or self.log, environment={**self.environment, **environment})

    def start_calmux(self):
        self.service = self.launch()
        self.wait_ready()

    def wait_ready(self):
        def ready():
            if not self.service.running():
                raise RuntimeError(f"calmux ended by itself:\n{self.log_text()[-3000:]}")
            try:
                return self.direct.get("/api/health/ready").status == 200
            except OSError:
                return False

        wait_until(ready, PATIENCE, "calmux's readiness")

    def wait_health(self, status):
        def reached():
            try:
                return self.direct.get("/api/health").json["status"] == status
            except OSError:
                return False

        wait_until(reached, PATIENCE, f"the health status {status}")

    def restart_calmux(self):
        if self.service:
            assert self.service.terminate() == 0, self.log_text()[-3000:]
        self.start_calmux()

    def command(self, *arguments, environment=None, check=True):
        """A subcommand of calmux, run to its end."""
        done = subprocess.run([str(BINARY), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                              env={"PATH": os.environ["PATH"], **(self.environment if environment is None else environment)})
        if check:
            assert done.returncode == 0, f"calmux {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # -- caddy

    def start_caddy(self):
        home = urllib.parse.urlsplit(self.server.home_url).path
        self.front = Process([REPOSITORY / "caddy/caddy.sh", self.folder / "caddy"], self.folder / "caddy.log", environment={
            "CALMUX_PORT": str(self.port),
            "CALMUX_CADDY_HTTP_PORT": str(self.http_port),
            "CALMUX_CADDY_HTTPS_PORT": str(self.https_port),
            "CALMUX_CALDAV_UPSTREAM": self.server.origin,
            "CALMUX_CALDAV_PATH": "/" + home.split("/")[1],
            "CALMUX_CALDAV_START": home,
        })

        def ready():
            if not self.front.running():
                raise RuntimeError(f"Caddy ended by itself: {(self.folder / 'caddy.log').read_text()[-2000:]}")
            return self.ca_file.exists() and self._answers(self.caddy)

        wait_until(ready, PATIENCE, "Caddy's start")

    def plain_front(self):
        """A second Caddy that takes webhooks in clear text, for tools without TLS: the same options and the same route. Its port."""
        if not self.plain:
            port, folder = free_port(), self.folder / "plain"
            folder.mkdir()
            (folder / "Caddyfile").write_text(f"""
{{
    admin off
    auto_https off
    storage file_system {folder}
    import {REPOSITORY}/caddy/options.caddyfile
}}
import {REPOSITORY}/caddy/common.caddyfile
http://127.0.0.1:{port} {{
    import no_spoofed_headers
    import receiver 127.0.0.1:{self.port}
    import everything_else
    import errors
}}
""")
            self.plain = Door("plain", port)
            self.plain_process = Process(["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"], self.folder / "plain.log",
                                         environment={"CADDY_FOLDER": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})
            wait_until(lambda: self._answers(self.plain), PATIENCE, "the second Caddy's start")
        return self.plain.port

    @staticmethod
    def _answers(door):
        try:
            return door.get("/api/health/live").status == 200
        except OSError:
            return False

    # -- what became of it

    def wait_settled(self, patience=PATIENCE, door=None):
        """Until no delivery waits to be folded and no object to be written. Returns the statistics."""
        def open_work():
            return self.postgres.rows("""
                SELECT (SELECT count(*) FROM inbox WHERE state IN ('pending', 'running')),
                       (SELECT count(*) FROM calendar_objects WHERE state IN ('pending', 'writing'))""")[0]

        deadline = time.monotonic() + patience
        while any(waiting := open_work()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{waiting[0]} deliveries and {waiting[1]} objects still wait after {patience} s:\n{self.log_text()[-3000:]}")
            time.sleep(0.05)
        answer = (door or self.direct).get("/api/stats")
        assert answer.status == 200, answer
        return answer.json["stats"]

    def wait_settled_after_a_crash(self, door=None):
        """As wait_settled(), but what a dead process had in hand is taken up when its lease ends: that time is made to pass."""
        for _ in range(20):
            try:
                return self.wait_settled(15, door)
            except TimeoutError:
                self.postgres.rows("UPDATE inbox SET claimed_until = now(), next_attempt_at = now() WHERE state = 'running'")
                self.postgres.rows("UPDATE calendar_objects SET claimed_until = now(), next_attempt_at = now() WHERE state IN ('pending', 'writing')")
        return self.wait_settled(15, door)

    def in_hand(self, pid):
        """How many deliveries and objects the process holds, or held when it ended."""
        return self.postgres.rows("""
            SELECT (SELECT count(*) FROM inbox WHERE state = 'running' AND claimed_by LIKE %s),
                   (SELECT count(*) FROM calendar_objects WHERE state = 'writing' AND claimed_by LIKE %s)""", f"%:{pid}:%", f"%:{pid}:%")[0]

    @property
    def dav(self):
        """The CalDAV server itself, past calmux, the proxy and Caddy."""
        return Dav(self.server.calendar_url, self.server.username, self.server.password)

    @property
    def phone_url(self):
        """The calendar as a phone names it: through Caddy."""
        return f"https://localhost:{self.https_port}" + urllib.parse.urlsplit(self.server.calendar_url).path

    def read_calendar(self):
        """Every resource of the calendar, read past calmux, the proxy and Caddy."""
        return self.dav.resources()

    def shown(self, title):
        """The events whose SUMMARY is `title`."""
        return [event for resource in self.read_calendar() for event in resource.events if event.text("SUMMARY") == title]

    def the(self, title):
        """The one event of this title."""
        found = self.shown(title)
        assert len(found) == 1, f"{len(found)} events are called {title!r}"
        return found[0]

    # -- the end

    def close(self, check=True):
        problems = []
        for front in (self.front, self.plain_process):
            if front:
                front.stop()
        if self.service and self.service.running():
            status = self.service.terminate()
            if status != 0:
                problems.append(f"calmux ended with {status} after SIGTERM")
        if self.wire:
            self.wire.close()
        if self.server:
            self.server.close()
        self.postgres.stop()
        log = self.log_text()
        shutil.rmtree(self.folder, ignore_errors=True)
        if check and problems:
            raise AssertionError("; ".join(problems) + "\n" + log[-4000:])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(check=kind is None)
