"""What Caddy lets through, and how it says no."""

import http.client
import urllib.parse

from door import API_KEY, ask


def test_caddy_lets_nothing_else_through(calm):
    for path in ("/metrics", "/", "/index.html", "/alice", "/calmux", "/.well-known/other", "/api"):
        if path != "/alice":
            assert calm.caddy.get(path).status == 404, path


def test_a_phone_is_shown_to_its_calendar(calm):
    answer = calm.caddy.get("/.well-known/caldav", key=None)
    assert answer.status == 301
    home = urllib.parse.urlsplit(calm.server.home_url).path
    assert urllib.parse.urlsplit(answer.headers["Location"]).path == home


def test_the_calendar_needs_its_own_account(calm):
    path = urllib.parse.urlsplit(calm.phone_url).path
    for headers in ({}, {"X-API-Key": API_KEY}, {"Authorization": f"Bearer {API_KEY}"}):
        assert calm.caddy.request("PROPFIND", path, headers={"Depth": "0", **headers}).status == 401


def test_caddy_sends_clear_text_elsewhere(calm):
    connection = http.client.HTTPConnection("127.0.0.1", calm.http_port, timeout=60)
    try:
        answer = ask(connection, "POST", "/api/webhook/event", b"{}", {"X-API-Key": API_KEY})
    finally:
        connection.close()
    assert answer.status == 308
    assert answer.headers["Location"].startswith(f"https://localhost:{calm.https_port}/")


def test_caddy_tells_its_own_errors_as_calmux_does(calm):
    answer = calm.caddy.get("/metrics")
    assert set(answer.json) == {"status", "message", "request_id"}
    assert answer.headers["X-Request-ID"] == answer.json["request_id"]
    assert answer.headers["Server"] is None
