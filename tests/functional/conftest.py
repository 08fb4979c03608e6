"""Functional tests: the real binary with real parts.

run: python3 -m pytest -p no:cacheprovider tests/functional

CALMUX_BINARY         the binary under test (build/release/calmux)
CALMUX_TOOLS          where abort_storm is (build/release/tests)
CALMUX_STORM_REQUESTS requests of each abort storm
CALMUX_FULL=1         longer: 250,000 requests, more rounds of kills, and the embedded stack twice
"""

import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from framing import SlowClients  # noqa: E402
from phone import Phone  # noqa: E402
from server_process import CannotRun  # noqa: E402
from stack import Stack  # noqa: E402

FULL = os.environ.get("CALMUX_FULL") == "1"


def _interrupt(*_):
    raise KeyboardInterrupt


def pytest_configure(config):
    # A time-out's SIGTERM ends the parts as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    config.addinivalue_line("markers", "full: takes long; runs with CALMUX_FULL=1 only")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("full") and not FULL:
            item.add_marker(pytest.mark.skip(reason="runs with CALMUX_FULL=1 only"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of calmux's log."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Stack):
                report.sections.append(("the end of calmux's log", value.log_text()[-3000:]))


def make_stack(**how):
    try:
        return Stack(**how)
    except CannotRun as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def calm():
    """A stack that nobody breaks."""
    with make_stack(environment={"CALMUX_WORKERS": "8"}) as stack:
        yield stack


@pytest.fixture(scope="session")
def rough():
    """A stack for hostile clients. What the storm posts is too old to be shown, so that it ends in the database."""
    with make_stack(environment={"MAX_EVENT_AGE_DAYS": "365"}) as stack:
        yield stack


@pytest.fixture(scope="module")
def breakable():
    """A stack whose parts are stopped and killed. One for each module: servers grow slow with their calendars."""
    with make_stack() as stack:
        yield stack


@pytest.fixture(params=["direct", "caddy"])
def door(request, calm):
    """Both ways into the calm stack."""
    return getattr(calm, request.param)


@pytest.fixture(params=["direct", "caddy"])
def way(request, rough):
    """Both ways into the rough stack."""
    return getattr(rough, request.param)


@pytest.fixture(scope="session")
def phone(calm):
    return Phone(calm)


@pytest.fixture(scope="session")
def slow_clients(rough):
    return SlowClients(rough)
