"""Thirty-two connections, half of the clients going away at random moments: no answer ever reaches another client."""

import json
import os
import subprocess

import pytest

from conftest import FULL
from door import API_KEY
from expect import works_and_rests
from stack import TOOLS

OLD = '{"id":"@ID@","subject":"Storm","start":"2001-01-01T10:00:00Z","end":"2001-01-01T11:00:00Z","timeZone":"UTC"}'


def requests(default):
    return int(os.environ.get("CALMUX_STORM_REQUESTS", 250_000 if FULL else default))


def storm(port, count, seed):
    """What abort_storm counted; each request's id begins with the seed."""
    done = subprocess.run([str(TOOLS / "abort_storm"), "--port", str(port), "--connections", "32", "--abort-fraction", "0.5", "--seed", str(seed),
                           "--requests", str(count), "--header", f"X-API-Key: {API_KEY}", "--header", "X-Calendar-Source: storm", "--body", OLD],
                          capture_output=True, text=True, timeout=1800)
    print(done.stdout, done.stderr)
    result = json.loads(done.stdout)
    assert (done.returncode, result["wrong"]) == (0, 0), result
    return result


def check(stack, result, seed):
    assert result["errors"] == 0, result
    assert result["answers"] > 0.3 * result["requests"], result
    stored = stack.postgres.rows("SELECT source_event_id, count(*) FROM inbox WHERE source_id = 'storm' AND source_event_id LIKE %s GROUP BY 1", f"{seed}-%")
    # Each at most once, all that were answered, and nothing that was not asked.
    assert {count for _, count in stored} == {1}
    assert result["answers"] <= len(stored) <= result["requests"]
    numbers = [int(event_id.split("-")[1]) for event_id, _ in stored]
    assert len(set(numbers)) == len(numbers) and max(numbers) < result["requests"]


def forget_what_is_not_folded_yet(stack):
    """Folding the rest of a storm takes longer than the storm, and is tested elsewhere."""
    if not FULL:
        stack.postgres.rows("DELETE FROM inbox WHERE source_id = 'storm' AND state = 'pending'")


@pytest.mark.parametrize("name, default", [("direct", 100_000), ("caddy", 40_000)])
def test_no_answer_reaches_another_client_whoever_aborts(rough, name, default):
    seed = {"direct": 71, "caddy": 72}[name]
    # The tool speaks plain HTTP: for Caddy it goes through a listener of its own that has the same snippets.
    port = rough.direct.port if name == "direct" else rough.plain_front()
    check(rough, storm(port, requests(default), seed), seed)
    forget_what_is_not_folded_yet(rough)
    works_and_rests(rough)
