"""Health, metrics and HEAD."""

import re

import pytest

from door import API_KEY, ask
from payloads import fresh, graph


def test_health_tells_the_components_and_needs_no_key(door):
    answer = door.get("/api/health", key=None)
    assert answer.status == 200
    assert answer.json["status"] == "healthy"
    assert {name: component["status"] for name, component in answer.json["components"].items()} == {"database": "healthy", "caldav": "healthy"}
    assert answer.headers["X-Request-ID"]


def test_health_tells_outsiders_no_details(door):
    assert "queue" not in door.get("/api/health", key=None).json
    assert "queue" not in door.get("/api/health", key="wrong").json
    assert {"queue", "version", "uptime_seconds"} <= set(door.get("/api/health").json)


@pytest.mark.parametrize("path", ["/api/health/live", "/api/health/ready"])
def test_liveness_and_readiness_need_no_key(door, path):
    assert door.get(path, key=None).status == 200


@pytest.mark.parametrize("path", ["/api/health", "/api/health/live", "/api/stats", "/api/sources", "/api/nothing"])
def test_head_answers_as_get_does_without_a_body(door, path):
    connection = door.connection()
    try:
        get = ask(connection, "GET", path, headers={"X-API-Key": API_KEY})
        head = ask(connection, "HEAD", path, headers={"X-API-Key": API_KEY})
        again = ask(connection, "GET", path, headers={"X-API-Key": API_KEY})
    finally:
        connection.close()
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["X-Request-ID"] != get.headers["X-Request-ID"]
    assert again.status == get.status and again.body  # the connection is still in step


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? ([-+]?(?:[0-9.eE+-]+|Inf|NaN))( -?\d+)?')


def samples(text):
    """Parses the text exposition format 0.0.4."""
    found, typed = {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram", "summary", "untyped") and name not in typed
            typed.add(name)
        elif line and not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert re.sub(r"_(bucket|sum|count)$", "", match[1]) in typed or match[1] in typed
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_metrics_are_prometheus_text_and_need_a_key(calm):
    answer = calm.direct.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    before = samples(answer.text)
    calm.direct.post(graph(fresh(), "measured"), Prefer="wait=60")
    after = samples(calm.direct.get("/metrics").text)
    accepted = 'calmux_deliveries_total{result="accepted"}'
    assert after[accepted] == before[accepted] + 1
    for how in ({"key": None}, {"key": "wrong"}):
        refused = calm.direct.get("/metrics", **how)
        assert refused.status == 401 and "calmux_" not in refused.text
