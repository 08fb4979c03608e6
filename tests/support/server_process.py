"""Processes that a test starts and ends: only those, and all of those."""

import ctypes
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time


# What a build with sanitizers is told by whoever runs the tests.
SANITIZERS = {name: os.environ[name] for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}


class CannotRun(Exception):
    """This machine or this user cannot run the server: the test is skipped, with the reason."""


def find_program(*candidates):
    for candidate in candidates:
        found = shutil.which(candidate, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if found:
            return found
    raise CannotRun(f"{candidates[0]} is not installed")


def free_port():
    """A loopback port that nobody listens on now. Not one of those that the system gives to outgoing connections: such a
    port could be taken before its server starts."""
    while True:
        with socket.socket() as probe:
            port = random.randrange(10_000, 32_000)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def private_folder(name):
    """A folder of short path (sockets go into it) that a server running as another user can reach."""
    for base in (os.environ.get("TMPDIR"), "/tmp"):
        if not base or len(base) > 40:
            continue
        path = pathlib.Path(base).resolve()
        if all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents)):
            break
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"calmux-{name}-", dir=path))
    folder.chmod(0o755)
    return folder


def identity(user):
    """subprocess's arguments to run as `user`: for root only, since PostgreSQL and Cyrus refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise CannotRun(f"there is no user {user} to run the server as") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(user, entry.pw_gid)}


def give_to(user, folder):
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


def _parents():
    """pid -> parent's pid, of every process but zombies."""
    result = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            result[int(entry)] = int(fields[1])
    return result


def with_descendants(pid):
    parents = _parents()
    found = [pid] if pid in parents else []
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def _alive(pid):
    return pid in _parents()


class Process:
    """One server process with what it forks. Its output goes to a file."""

    def __init__(self, command, log, environment=None, user=None, stop_signal=signal.SIGTERM):
        self._stop_signal = stop_signal
        # Dies with the test even where that is killed hard. The kernel means the thread that forked, so others go without.
        in_main_thread = threading.current_thread() is threading.main_thread()
        with open(log, "ab") as output:
            self._popen = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **SANITIZERS, **(environment or {})},
                preexec_fn=die_with_parent if in_main_thread else None,
                **(identity(user) if user else {}))

    @property
    def pids(self):
        return with_descendants(self._popen.pid)

    def running(self):
        return self._popen.poll() is None

    def kill9(self):
        self._end(signal.SIGKILL, 0)

    def stop(self):
        self._end(self._stop_signal, 10)

    def _end(self, first, patience):
        """Asks the process, waits, then kills whatever of its tree is left."""
        tree = self.pids
        if patience and self.running():
            self._popen.send_signal(first)
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        tree = sorted({*tree, *self.pids})
        for pid in tree:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._popen.wait()
        wait_until(lambda: not any(_alive(pid) for pid in tree), 10, "the end of the server's processes")


_libc = ctypes.CDLL(None)


def die_with_parent():
    """For subprocess's preexec_fn: SIGTERM when the forking thread ends."""
    _libc.prctl(1, signal.SIGTERM)
