#!/usr/bin/env python3
"""Real CalDAV servers for tests: radicale, xandikos, davical, cyrus, each on a loopback port of its own, with state in a folder of the run.

As a program:   caldav_servers.py run radicale [--smtp-sink] -- COMMAND ...
    runs the command with CALMUX_TEST_CALDAV_SERVER (its name), _URL (where discovery starts), _HOME, _USERNAME, _PASSWORD, _CONTROL
    (a socket that takes a line: stop, start or kill9, and answers ok), with --smtp-sink _MAIL (a folder with what the server mailed),
    and ends with the command's exit code. 77: the server cannot run here; the reason is printed.
As a library:   with start("cyrus") as server: server.url, .username, .password, .calendar_url, .pids, .kill9(), .restart()
"""

import argparse
import base64
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from caldav_server_kinds import KINDS  # noqa: E402
from server_process import CannotRun, die_with_parent, private_folder, wait_until  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402

SKIPPED = 77


class EndedEarly(RuntimeError):
    """The server ended by itself before it answered: another process took its port first, or it is broken."""


class Server:
    """A running server. Users alice and bob, password secret; the attributes are alice's."""

    def __init__(self, name):
        self.name = name
        self.folder = private_folder(name)
        # Always there, so that no mail can leave even from a test that did not expect any.
        self._sink = SmtpSink(self.folder / "mail")
        self.mail_folder = self._sink.folder
        self._kind = KINDS[name](self.folder, self._sink.port)
        try:
            self._kind.prepare()
            self.restart()
        except BaseException as failure:
            log = self.log()
            self.close()
            if isinstance(failure, (TimeoutError, RuntimeError)) and log:
                print(log, file=sys.stderr)
            raise

    username = property(lambda self: self._kind.username)
    password = property(lambda self: self._kind.password)
    origin = property(lambda self: f"http://127.0.0.1:{self._kind.port}")
    url = property(lambda self: self.origin + self._kind.root_path)
    home_url = property(lambda self: self.origin + self._kind.home_path)
    # Where a calendar that is created under the name calmux will be; it is not there to begin with.
    calendar_url = property(lambda self: self.home_url + "calmux/")

    @property
    def pids(self):
        return [pid for process in self._kind.processes for pid in process.pids]

    def mails(self):
        return self._sink.mails()

    def log(self):
        return "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}\n" for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        self._kind.stop()

    def kill9(self):
        """Every process of the server at once, without a chance to tidy up."""
        for process in self._kind.processes:
            process.kill9()
        self._kind.processes.clear()

    def restart(self):
        """Starts again with the same port and state, after stop() or kill9(), or in place of what is running."""
        self.stop()
        self._kind.start()
        wait_until(self._answers, 60, f"{self.name}'s first answer")

    def _answers(self):
        if not all(process.running() for process in self._kind.processes):
            raise EndedEarly(f"{self.name} ended by itself")
        credentials = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._kind.port, timeout=20)
        try:
            connection.request("PROPFIND", self._kind.home_path, headers={"Depth": "0", "Authorization": f"Basic {credentials}"})
            return connection.getresponse().status == 207
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def close(self):
        self._kind.stop()
        self._sink.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def start(name):
    """A running server; use it in a `with`. CannotRun where this machine cannot run it."""
    for _ in range(2):
        try:
            return Server(name)
        except EndedEarly:
            pass
    return Server(name)


class _Control(threading.Thread):
    """Lets the command under test stop and start its server."""

    def __init__(self, server, path):
        super().__init__(daemon=True)
        self._actions = {"stop": server.stop, "start": server.restart, "kill9": server.kill9}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()

    def run(self):
        while True:
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rw") as stream:
                try:
                    self._actions[stream.readline().strip()]()
                    stream.write("ok\n")
                except Exception as failure:  # the peer is the one to hear of it
                    stream.write(f"failed: {failure}\n")


def _run(arguments):
    with start(arguments.server) as server:
        control = server.folder / "control"
        _Control(server, control).start()
        environment = {
            **os.environ,
            "CALMUX_TEST_CALDAV_SERVER": server.name,
            "CALMUX_TEST_CALDAV_URL": server.url,
            "CALMUX_TEST_CALDAV_HOME": server.home_url,
            "CALMUX_TEST_CALDAV_USERNAME": server.username,
            "CALMUX_TEST_CALDAV_PASSWORD": server.password,
            "CALMUX_TEST_CALDAV_CONTROL": str(control),
        }
        if arguments.smtp_sink:
            environment["CALMUX_TEST_CALDAV_MAIL"] = str(server.mail_folder)
        command = subprocess.Popen(arguments.command, env=environment, preexec_fn=die_with_parent)
        try:
            code = command.wait()
        finally:
            if command.poll() is None:
                command.terminate()
                command.wait()
        return code if code >= 0 else 128 - code


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run a command with a server")
    run.add_argument("server", choices=sorted(KINDS))
    run.add_argument("--smtp-sink", action="store_true", help="tell the command where the server's mail ends")
    run.add_argument("command", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    # A `with` is left by exceptions only: a signal becomes one.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        return _run(arguments)
    except CannotRun as reason:
        print(f"skipped: {arguments.server}: {reason}", file=sys.stderr)
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
