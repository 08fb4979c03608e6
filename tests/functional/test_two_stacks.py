"""The embedded stack, as a person starts it: `./run serve` twice side by side, stopped, started again, and with parts killed."""

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import time

import pytest

from door import Door, ask, delivery
from parts import PATIENCE, REPOSITORY
from payloads import fresh, graph
from server_process import free_port, private_folder, wait_until
from stack import BINARY

pytestmark = [pytest.mark.full, pytest.mark.skipif(not (REPOSITORY / "run").exists(), reason="there is no ./run")]


class Embedded:
    def __init__(self):
        self.folder = private_folder("embedded")
        self.environment = {
            **os.environ, "CALMUX_VAR": str(self.folder / "var"), "CALMUX_BINARY": str(BINARY), "CALMUX_PORT": str(free_port()),
            "CALMUX_CADDY_HTTP_PORT": str(free_port()), "CALMUX_CADDY_HTTPS_PORT": str(free_port()), "CALMUX_CALDAV_PORT": str(free_port())}
        self.process = None

    @property
    def env(self):
        """var/run.env; empty while nothing runs."""
        path = self.folder / "var/run.env"
        if not path.exists():
            return {}
        return dict(word.partition("=")[::2] for line in path.read_text().splitlines() for word in shlex.split(line))

    @property
    def door(self):
        return Door("public", int(self.environment["CALMUX_CADDY_HTTPS_PORT"]), self.env["CALMUX_CA_FILE"])

    def start(self):
        with open(self.folder / "serve.log", "ab") as log:
            self.process = subprocess.Popen([REPOSITORY / "run", "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment, start_new_session=True)
        wait_until(lambda: self.process.poll() is None and self.env and self.healthy(), 4 * PATIENCE, "the embedded stack's start")

    def healthy(self):
        with contextlib.suppress(OSError, KeyError):
            return self.door.get("/api/health").status == 200
        return False

    def post(self, event):
        key = self.env["CALMUX_API_KEY"]
        connection = self.door.connection()
        try:
            return ask(connection, "POST", "/api/webhook/event", *delivery(event, key=key, headers={"Prefer": "wait=60"}))
        finally:
            connection.close()

    def stop(self):
        done = subprocess.run([REPOSITORY / "run", "stop"], env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        if self.process:
            self.process.wait(PATIENCE)


@pytest.fixture
def two():
    stacks = [Embedded(), Embedded()]
    try:
        yield stacks
    finally:
        for stack in stacks:
            stack.stop()
            subprocess.run(["rm", "-rf", str(stack.folder)], check=False)


def test_two_embedded_stacks_live_side_by_side(two):
    for stack in two:
        stack.start()
    for stack in two:
        assert stack.post(graph(fresh(), "side by side")).json["status"] == "success"
    assert len({stack.env["CALMUX_DATABASE_URL"] for stack in two}) == 2

    two[0].stop()
    assert two[0].env == {} and two[1].healthy()
    two[0].start()
    assert two[0].post(graph(fresh(), "started again")).json["status"] == "success"

    for part in ("CALMUX_PID", "POSTGRES_PID", "CALDAV_PID", "CADDY_PID"):
        os.kill(int(two[0].env[part]), signal.SIGKILL)
        time.sleep(1)
        wait_until(two[0].healthy, PATIENCE, f"recovery after {part} was killed")
        assert two[0].post(graph(fresh(), f"after {part}")).json["status"] == "success"
    assert two[1].healthy()

    os.kill(int(two[0].env["SUPERVISOR_PID"]), signal.SIGKILL)
    two[0].process.wait(PATIENCE)
    two[0].stop()
    two[0].start()
    assert two[0].post(graph(fresh(), "after the supervisor")).json["status"] == "success"
    assert pathlib.Path(two[0].folder / "var/run.env").exists()
