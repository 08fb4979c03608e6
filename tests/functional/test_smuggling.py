"""Requests that two readers may read differently, and garbage: directly and through Caddy."""

import uuid

import pytest

from expect import stored
from framing import event, head

# Slow clients hang on while everything else is tried; test_tardy_clients.py looks at what became of them.
pytestmark = pytest.mark.usefixtures("slow_clients")

SMUGGLED = "smuggled-{}"


def inner(event_id):
    body = event(event_id)
    return head(len(body), source="smuggler") + body


SMUGGLING = {
    "two lengths": lambda hidden: head(5, content_length_2=0).replace(b"content-length-2", b"Content-Length") + b"12345" + hidden,
    "two equal lengths": lambda hidden: head(5, content_length_2=5).replace(b"content-length-2", b"Content-Length") + b"12345" + hidden,
    "a list of lengths": lambda hidden: head("5, 5") + b"12345" + hidden,
    "a signed length": lambda hidden: head("+5") + b"12345" + hidden,
    "a negative length": lambda hidden: head("-1") + hidden,
    "a length in hex": lambda hidden: head("0x5") + b"12345" + hidden,
    "a huge length": lambda hidden: head("9" * 30) + hidden,
    "length and chunked": lambda hidden: head(4, Transfer_Encoding="chunked") + b"0\r\n\r\n" + hidden,
    "chunked twice": lambda hidden: head(Transfer_Encoding="chunked, chunked") + b"0\r\n\r\n" + hidden,
    "chunked in two lines": lambda hidden: head(Transfer_Encoding="chunked", transfer_encoding="chunked") + b"0\r\n\r\n" + hidden,
    "an unknown coding": lambda hidden: head(4, Transfer_Encoding="xchunked") + b"0\r\n\r\n" + hidden,
    "identity": lambda hidden: head(4, Transfer_Encoding="identity") + b"0\r\n\r\n" + hidden,
    "gzip, chunked": lambda hidden: head(Transfer_Encoding="gzip, chunked") + b"0\r\n\r\n" + hidden,
    "a blank before the colon": lambda hidden: head(4).replace(b"Content-Type: ", b"Transfer-Encoding : chunked\r\nContent-Type: ") + b"0\r\n\r\n" + hidden,
    "a folded header": lambda hidden: head(4).replace(b"Content-Type: ", b"X-Folded: a\r\n Transfer-Encoding: chunked\r\nContent-Type: ") + b"0\r\n\r\n" + hidden,
    "a vertical tab": lambda hidden: head(4, Transfer_Encoding="\x0bchunked") + b"0\r\n\r\n" + hidden,
    "a bare line feed in the header": lambda hidden: head(4).replace(b"Content-Type: ", b"X-A: b\nTransfer-Encoding: chunked\r\nContent-Type: ") + b"0\r\n\r\n" + hidden,
    "a bare carriage return": lambda hidden: head(4).replace(b"Content-Type: ", b"X-A: b\rTransfer-Encoding: chunked\r\nContent-Type: ") + b"0\r\n\r\n" + hidden,
    "a nul in the header": lambda hidden: head(4).replace(b"application/json", b"application/json\x00") + b"1234" + hidden,
    "a chunk size that overflows": lambda hidden: head(Transfer_Encoding="chunked") + b"fffffffffffffffff1\r\n" + hidden,
    "a negative chunk size": lambda hidden: head(Transfer_Encoding="chunked") + b"-1\r\n" + hidden,
    "a chunk size in 0x": lambda hidden: head(Transfer_Encoding="chunked") + b"0x5\r\n12345\r\n0\r\n\r\n" + hidden,
    "a chunk without its end": lambda hidden: head(Transfer_Encoding="chunked") + b"5\r\n12345" + hidden,
    "a chunk that ends in a line feed": lambda hidden: head(Transfer_Encoding="chunked") + b"5\n12345\n0\n\n" + hidden,
    "an endless extension": lambda hidden: head(Transfer_Encoding="chunked") + b"5;" + b"x" * 100_000 + b"\r\n12345\r\n0\r\n\r\n" + hidden,
    "too large, with a request in it": lambda hidden: head(5_000_000) + hidden * 3,
    "too large and chunked, with a request in it": lambda hidden: head(Transfer_Encoding="chunked") + b"500000\r\n" + hidden * 3,
    "no host": lambda hidden: head(4).replace(b"Host: localhost\r\n", b"") + b"1234" + hidden,
    "two hosts": lambda hidden: head(4, Host="other") + b"1234" + hidden,
    "an unknown expectation": lambda hidden: head(4, Expect="200-maybe") + b"1234" + hidden,
    "http 0.9": lambda hidden: b"POST /api/webhook/event\r\n\r\n" + hidden,
    "http 2": lambda hidden: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden,
    "http 3.7": lambda hidden: head(4).replace(b"HTTP/1.1", b"HTTP/3.7") + b"1234" + hidden,
    "connect": lambda hidden: b"CONNECT localhost:5432 HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
    "a long target": lambda hidden: b"POST /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
    "long headers": lambda hidden: head(4, X_Long="a" * 200_000) + b"1234" + hidden,
    "many headers": lambda hidden: head(4, **{f"X-{number}": "a" for number in range(5000)}) + b"1234" + hidden,
}
# What Caddy puts right before it passes it on, and what ends where the next request begins: that is then a request of its own.
MENDED_BY_CADDY = {"connect", "two equal lengths", "a list of lengths", "length and chunked", "a chunk that ends in a line feed", "a folded header",
                   "a bare line feed in the header", "an unknown expectation", "http 2", "http 0.9"}


@pytest.mark.parametrize("name", SMUGGLING)
def test_nothing_is_smuggled(way, rough, name):
    """One refusal, then the end of the connection: what stands behind a request that cannot be framed is never taken for another."""
    event_id = SMUGGLED.format(uuid.uuid4())
    with way.raw(timeout=60 if way.name == "direct" else 3) as raw:
        raw.send(SMUGGLING[name](inner(event_id)))
        answers = raw.answers()
    if way.name == "direct":
        assert [answer.status // 100 for answer in answers] in ([4], [5]), [(answer.status, answer.text) for answer in answers]
        assert answers[0].json["status"] == "error" and answers[0].headers["X-Request-ID"] and answers[0].headers["Connection"] == "close"
    elif name not in MENDED_BY_CADDY:
        assert [answer.status for answer in answers if answer.status // 100 == 2] == []
    if way.name == "direct" or name not in MENDED_BY_CADDY:
        assert stored(rough, event_id) == 0


GARBAGE = [b"\x00" * 100, b"\xff" * 5000, b"\r\n" * 1000, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-OpenSSH\r\n",
           b"{}", b"GET / HTTP/1.1", b" / HTTP/1.1\r\n\r\n", b"GET  /  HTTP/1.1\r\n\r\n", b"G\x00T / HTTP/1.1\r\n\r\n", b"\n\n\n"]


@pytest.mark.parametrize("octets", GARBAGE)
def test_garbage_ends_with_a_refusal_or_nothing(way, octets):
    with way.raw(timeout=60 if way.name == "direct" else 3) as raw:
        raw.send(octets)
        raw.finish_sending() if way.name == "direct" else raw.send(b"\r\n\r\n")
        assert [answer.status for answer in raw.answers() if answer.status // 100 != 4] == []
