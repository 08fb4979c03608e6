"""The processes of a stack that the repository itself starts: the private PostgreSQL cluster and calmux."""

import os
import pathlib
import signal
import subprocess
import urllib.parse

import psycopg2

from server_process import Process, wait_until

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds until something that must happen is given up

DATABASE_PASSWORD = "database-secret-4711"  # the cluster trusts its socket; no log may show it all the same


class Postgres:
    """A private cluster, kept by the repository's own script."""

    script = REPOSITORY / "postgres/cluster.sh"

    def __init__(self, folder):
        self.folder = folder / "pg"
        self.log = folder / "postgres.log"
        self.process = None

    def start(self):
        self.process = Process([self.script, "run", self.folder], self.log, stop_signal=signal.SIGINT)
        wait_until(self._ready, PATIENCE, "PostgreSQL's start")

    def _ready(self):
        if not self.process.running():
            raise RuntimeError(f"PostgreSQL ended by itself: {self.log.read_text()[-2000:]}")
        try:
            self.connect("postgres").close()
            return True
        except psycopg2.OperationalError:
            return False

    def url(self, database="calmux"):
        socket = urllib.parse.quote(str(self.folder / "socket"), safe="")
        return f"postgresql://calmux:{DATABASE_PASSWORD}@/{database}?host={socket}"

    def create(self, database="calmux"):
        subprocess.run([self.script, "create", self.folder, database], check=True)

    def connect(self, database="calmux"):
        connection = psycopg2.connect(self.url(database), connect_timeout=10)
        connection.autocommit = True
        return connection

    def rows(self, query, *parameters):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def value(self, query, *parameters):
        return self.rows(query, *parameters)[0][0]

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def kill9(self):
        self.process.kill9()
        self.process = None


class Calmux(Process):
    """A running `calmux serve`."""

    @property
    def pid(self):
        return self._popen.pid

    def wait(self, seconds):
        return self._popen.wait(seconds)

    def terminate(self, seconds=PATIENCE):
        """SIGTERM; the exit status."""
        self._popen.send_signal(signal.SIGTERM)
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise

    def cpu_seconds(self):
        """Of user and system, so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
