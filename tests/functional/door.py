"""A way into calmux as a client sees it: its own port, or Caddy's."""

import contextlib
import dataclasses
import email.message
import email.parser
import http.client
import json
import socket
import ssl

API_KEY = "functional-test-key-one"
SOURCE = "m365_tenant1"


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: email.message.Message
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class Door:
    def __init__(self, name, port, ca_file=None):
        self.name = name
        self.port = port
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self.host = "localhost" if ca_file else "127.0.0.1"

    # -- whole requests, each on a connection of its own

    def connection(self, timeout=180):
        if self._tls:
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self._tls)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        connection = self.connection()
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path, key=API_KEY, **headers):
        return self.request("GET", path, headers=named({"X-API-Key": key, **headers}))

    def post(self, event, path="/api/webhook/event", key=API_KEY, source=SOURCE, **headers):
        """Posts an event: a value that becomes JSON, text (iCalendar), or bytes (JSON as it is)."""
        return self.request("POST", path, *delivery(event, key, source, headers))

    # -- octets

    def raw(self, timeout=60):
        return Raw(self, timeout)

    def socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain


def named(headers):
    """Keyword arguments as header names; what is None is left out."""
    return {name.replace("_", "-"): value for name, value in headers.items() if value is not None}


def delivery(event, key=API_KEY, source=SOURCE, headers=None):
    """Body and headers of a post."""
    media = "text/calendar; charset=utf-8" if isinstance(event, str) else "application/json; charset=utf-8"
    body = event if isinstance(event, bytes) else event.encode() if isinstance(event, str) else json.dumps(event, ensure_ascii=False).encode()
    return body, named({"X-API-Key": key, "X-Calendar-Source": source, "Content-Type": media, **(headers or {})})


def request_head(method, path, headers):
    """The octets of a request line and its header section."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers, answer.read())


class Raw:
    """A connection on which a test writes what it likes, and reads answers one by one. Use it in a `with`."""

    def __init__(self, door, timeout):
        self._socket = door.socket(timeout)
        self._received = b""

    def send(self, octets):
        """False where the peer takes no more."""
        try:
            self._socket.sendall(octets)
            return True
        except OSError:
            return False

    def finish_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self, to_head=False):
        """The next answer, an interim one too; None where the connection ends before one begins."""
        while b"\r\n\r\n" not in self._received:
            if not self._more():
                assert not self._received, f"the answer ends early: {self._received!r}"
                return None
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status_line, _, fields = head.partition(b"\r\n")
        status = int(status_line.split()[1])
        headers = email.parser.BytesParser().parsebytes(fields)
        length = 0 if to_head or status < 200 or status == 204 else headers["Content-Length"]
        while length is None or len(self._received) < int(length):
            if not self._more():
                assert length is None, "the answer's body ends early"
                length = len(self._received)
        body, self._received = self._received[:int(length)], self._received[int(length):]
        return Answer(status, headers, body)

    def answers(self):
        """All answers until the peer ends the connection, or says nothing more for the time-out."""
        found = []
        with contextlib.suppress(TimeoutError):
            while (answer := self.answer()) is not None:
                found.append(answer)
        return found

    def _more(self):
        try:
            octets = self._socket.recv(65536)
        except (ConnectionError, ssl.SSLError):
            octets = b""
        self._received += octets
        return bool(octets)

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
