"""Requests that are in order, however they are cut, chunked and strung together: directly and through Caddy."""

import random
import time

import pytest

from expect import stored
from framing import chunked, event, head
from payloads import fresh

# Slow clients hang on while everything else is tried; test_tardy_clients.py looks at what became of them.
pytestmark = pytest.mark.usefixtures("slow_clients")


@pytest.mark.parametrize("extension", [b"", b";name=value", b';a="quoted;\xc3\xa4"'])
def test_chunked_bodies_are_read_with_their_extensions(way, rough, extension):
    event_id = fresh("chunked")
    with way.raw() as raw:
        raw.send(head(Transfer_Encoding="chunked") + chunked(event(event_id), extension=extension))
        answer = raw.answer()
    assert (answer.status, answer.json["source_event_id"]) == (200, event_id), answer
    assert stored(rough, event_id) == 1


def test_trailers_are_read_past_and_the_connection_stays_in_step(way):
    first, second = fresh(), fresh()
    with way.raw() as raw:
        for event_id in (first, second):
            raw.send(head(Transfer_Encoding="chunked", Trailer="X-Trailer") + chunked(event(event_id), trailer=b"X-Trailer: yes\r\n"))
            assert raw.answer().json["source_event_id"] == event_id


def test_a_request_in_single_octets_is_read(way):
    """The line ends of chunks in separate reads among them, which made the listener of an earlier system spin."""
    event_id = fresh("octets")
    octets = head(Transfer_Encoding="chunked") + chunked(b'{"id":"%s","ActionType":"deleted"}' % event_id.encode(), sizes=(5,))
    with way.raw() as raw:
        for position in range(len(octets)):
            raw.send(octets[position:position + 1])
            if octets[position:position + 1] in b"\r\n":
                time.sleep(0.005)
        assert raw.answer().json["source_event_id"] == event_id


@pytest.mark.parametrize("seed", range(5))
def test_a_request_cut_anywhere_is_read(way, seed):
    cuts = random.Random(seed)
    event_id = fresh("cut")
    body = event(event_id)
    octets = head(Transfer_Encoding="chunked") + chunked(body) if seed % 2 else head(len(body)) + body
    with way.raw() as raw:
        while octets:
            length = cuts.choice([1, 2, 3, 7, 50, 400, 4000])
            raw.send(octets[:length])
            octets = octets[length:]
            time.sleep(0.002)
        assert raw.answer().json["source_event_id"] == event_id


def test_a_client_that_asks_whether_to_continue_is_told_to(way):
    event_id = fresh("continue")
    body = event(event_id)
    with way.raw() as raw:
        raw.send(head(len(body), Expect="100-continue"))
        assert raw.answer().status == 100
        raw.send(body)
        while (answer := raw.answer()).status == 100:  # the proxy's own, and the one from behind it
            pass
        assert answer.json["source_event_id"] == event_id


def test_a_client_that_would_send_too_much_is_not_told_to_continue(way):
    with way.raw() as raw:
        raw.send(head(50_000_000, Expect="100-continue"))
        assert raw.answer().status == 413


def test_pipelined_requests_are_answered_in_their_order(way):
    ids = [fresh(f"pipelined{number}") for number in range(10)]
    with way.raw() as raw:
        raw.send(b"".join(head(len(event(event_id))) + event(event_id) for event_id in ids))
        assert [raw.answer().json["source_event_id"] for _ in ids] == ids


def test_a_connection_is_closed_where_the_client_asks_for_it(way):
    body = event(fresh())
    with way.raw() as raw:
        raw.send(head(len(body), Connection="close") + body)
        assert [answer.status for answer in raw.answers()] == [200]


def test_http_1_0_is_spoken(way):
    event_id = fresh()
    body = event(event_id)
    with way.raw() as raw:
        raw.send(head(len(body)).replace(b"HTTP/1.1", b"HTTP/1.0") + body)
        assert [answer.json["source_event_id"] for answer in raw.answers()] == [event_id]
