"""Requests as octets: in order, in chunks, and slow."""

import ssl
import threading

from door import API_KEY, delivery, request_head
from payloads import graph


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


class SlowClients:
    """Clients that take their time, on both ways into a stack, each on a thread of its own until the service has had enough."""

    def __init__(self, stack):
        self.got = {}  # name -> the statuses that it was answered until the connection ended, or what went wrong
        self._threads = []
        for name in ("direct", "caddy"):
            for what, begin, drop in (("header", b"POST /api/webhook/event HTTP/1.1\r\nHost: localhost\r\n", b"X-Slow: a\r\n"),
                                      ("header in octets", b"POST /api/webhook/event HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
                                      ("body", head(100_000) + b'{"id": "slow-body', b"a"),
                                      ("chunked body", head(Transfer_Encoding="chunked") + b'5\r\n{"id"\r\n', b"1\r\n \r\n"),
                                      ("silence", b"", b"")):
                thread = threading.Thread(target=self._trickle, args=(f"{name}: {what}", getattr(stack, name), begin, drop), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _trickle(self, name, door, begin, drop):
        ended = threading.Event()
        try:
            with door.raw(timeout=240) as raw:
                raw.send(begin)

                def feed():
                    while not ended.wait(1) and raw.send(drop):
                        pass

                threading.Thread(target=feed, daemon=True).start()
                self.got[name] = [answer.status for answer in raw.answers()]
        except (OSError, ssl.SSLError, AssertionError) as failure:
            self.got[name] = [str(failure)]
        finally:
            ended.set()

    def wait(self):
        for thread in self._threads:
            thread.join(300)
        assert not any(thread.is_alive() for thread in self._threads), f"some are still connected; cut off were {self.got}"
