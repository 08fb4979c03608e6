"""Malformed, chunked, slow, oversize, pipelined and smuggled requests, directly and through Caddy."""

import concurrent.futures
import random
import ssl
import threading
import time
import uuid

import pytest

from door import API_KEY, delivery
from payloads import fresh, graph
from test_bad_input import request_head
from test_storm import works_and_rests

SMUGGLED = "smuggled-{}"


@pytest.fixture(params=["direct", "caddy"])
def way(request, rough):
    return getattr(rough, request.param)


def head(length=None, source="hostile", **headers):
    fields = {"X-API-Key": API_KEY, "X-Calendar-Source": source, "Content-Type": "application/json",
              **({} if length is None else {"Content-Length": length}), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return request_head("POST", "/api/webhook/event", fields)


def event(event_id):
    return delivery(graph(event_id, event_id))[0]


def chunked(body, sizes=(1, 2, 300), extension=b"", trailer=b""):
    octets, at, turn = b"", 0, 0
    while at < len(body):
        piece = body[at:at + sizes[turn % len(sizes)]]
        octets += b"%x" % len(piece) + extension + b"\r\n" + piece + b"\r\n"
        at, turn = at + len(piece), turn + 1
    return octets + b"0\r\n" + trailer + b"\r\n"


def stored(stack, event_id):
    return stack.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id = %s", event_id)


# -- slow clients: begun before everything else in this module, looked at in its end


@pytest.fixture(scope="module", autouse=True)
def slow_clients(rough):
    """Name -> what the slow client got in the end: statuses, then that the connection was closed."""
    got, threads = {}, []

    def trickle(name, door, begin, drop):
        try:
            with door.raw(timeout=240) as raw:
                raw.send(begin)
                stop = threading.Event()

                def feed():
                    while not stop.wait(1) and raw.send(drop):
                        pass

                feeder = threading.Thread(target=feed, daemon=True)
                feeder.start()
                got[name] = [answer.status for answer in raw.answers()]
                stop.set()
        except (OSError, ssl.SSLError, AssertionError) as failure:
            got[name] = [str(failure)]

    for name in ("direct", "caddy"):
        door = getattr(rough, name)
        for what, begin, drop in (("header", b"POST /api/webhook/event HTTP/1.1\r\nHost: localhost\r\n", b"X-Slow: a\r\n"),
                                  ("header, one octet at a time", b"POST /api/webhook/event HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
                                  ("body", head(100_000) + b'{"id": "slow-body', b"a"),
                                  ("chunked body", head(Transfer_Encoding="chunked") + b"5\r\n" + b'{"id"' + b"\r\n", b"1\r\n \r\n"),
                                  ("silence", b"", b"")):
            thread = threading.Thread(target=trickle, args=(f"{name}: {what}", door, begin, drop), daemon=True)
            thread.start()
            threads.append(thread)
    return got, threads


# -- chunked bodies that are in order


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


# -- requests that no two readers may read differently


def within(request):
    """A complete request, to be hidden where a careless reader would find it."""
    return request(SMUGGLED.format(uuid.uuid4()))


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


def test_random_garbage_breaks_nothing(way, rough):
    """Valid requests with random changes, from eight clients at once."""
    seed = random.randrange(1 << 30)
    print("seed", seed)

    def throw(number):
        dice = random.Random(seed + number)
        for _ in range(60):
            octets = bytearray(head(40) + b'{"id": "garbled-%d", "ActionType": "deleted"}' % dice.randrange(1 << 60))
            for _ in range(dice.choice([1, 1, 2, 5, 40])):
                where = dice.randrange(len(octets))
                change = dice.randrange(3)
                if change == 0:
                    octets[where] = dice.randrange(256)
                elif change == 1:
                    octets[where:where] = bytes(dice.choice([b"\r\n", b":", b" ", b"\x00", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n"]))
                else:
                    del octets[where:where + dice.randrange(1, 20)]
            try:
                with way.raw(timeout=30) as raw:
                    raw.send(bytes(octets))
                    if dice.random() < 0.5 and way.name == "direct":
                        raw.finish_sending()
                        raw.answers()
            except (OSError, AssertionError):
                pass

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(throw, range(8)))
    assert rough.service.running()
    event_id = fresh("after garbage")
    assert way.post(graph(event_id, "after garbage")).json["source_event_id"] == event_id


def test_clients_that_never_read_and_clients_that_only_connect_hold_up_nobody(way, rough):
    idle = [way.raw() for _ in range(150)]
    greedy = [way.raw() for _ in range(20)]
    try:
        for raw in greedy:
            raw.send(request_head("GET", "/api/sync-history?limit=1000", {"X-API-Key": API_KEY}) * 20)
        for _ in range(20):
            assert way.post(graph(fresh(), "while others hang")).status == 200
        assert way.get("/api/health/live").status == 200
    finally:
        for raw in idle + greedy:
            raw.close()


def test_a_storm_over_tls_brings_no_wrong_answer(rough):
    """As test_storm, but through Caddy's own front door: clients with TLS, of which half go away within their requests."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    wrong = []

    def run(number):
        dice = random.Random(seed + number)
        raw = None
        for turn in range(40):
            event_id = f"tls-{seed}-{number}-{turn}"
            body = b'{"id": "%s", "ActionType": "deleted"}' % event_id.encode()
            octets = head(len(body)) + body
            raw = raw or rough.caddy.raw()
            if dice.random() < 0.5:
                raw.send(octets[:dice.choice([len(octets), dice.randrange(len(octets))])])
                raw.close()
                raw = None
            else:
                raw.send(octets)
                answer = raw.answer()
                if answer.status == 200 and answer.json["source_event_id"] != event_id:
                    wrong.append((event_id, answer.text))
                elif answer.status not in (200, 429, 503):
                    wrong.append((event_id, answer.status))

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))
    assert wrong == []


# -- in the end


def test_slow_clients_were_told_or_cut_off(slow_clients):
    got, threads = slow_clients
    for thread in threads:
        thread.join(240)
    assert len(got) == len(threads), f"some are still connected; cut off were {got}"
    for name, statuses in got.items():
        assert statuses in ([], [408], [400], [503], [502]), (name, statuses)


def test_after_all_that_the_service_works_and_rests(rough):
    works_and_rests(rough)
    assert rough.postgres.value("SELECT count(*) FROM inbox WHERE source_id = 'smuggler' AND source_event_id NOT LIKE 'smuggled-%%'") == 0
    assert rough.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id LIKE 'slow-body%%'") == 0
