"""A recording HTTP proxy between calmux and the CalDAV server: what is asserted "on the wire" is read here. It can also be cut."""

import contextlib
import dataclasses
import http.client
import http.server
import socket
import threading
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    headers: dict
    body: bytes
    status: int  # 0: the server gave no answer


class Wire:
    def __init__(self, upstream):
        target = urllib.parse.urlsplit(upstream)
        self._upstream = (target.hostname, target.port)
        self._lock = threading.Lock()
        self._exchanges = []
        self._open = threading.Event()
        self._open.set()
        self.is_cut = False
        self._refusals = {}
        wire = self

        class Handler(_Handler):
            owner = wire

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    # -- faults

    def cut(self):
        """From now on every connection ends without an answer."""
        self.is_cut = True

    def mend(self):
        self.is_cut = False

    @contextlib.contextmanager
    def cut_off(self):
        self.cut()
        try:
            yield
        finally:
            self.mend()

    @contextlib.contextmanager
    def held(self):
        """Requests wait before they reach the server."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextlib.contextmanager
    def refusing(self, status, text):
        """A PUT whose body holds `text` is answered `status` and does not reach the server."""
        self._refusals[text.encode()] = status
        try:
            yield
        finally:
            del self._refusals[text.encode()]

    # -- what was seen

    def mark(self):
        """A point in time, for `since`."""
        with self._lock:
            return len(self._exchanges)

    def exchanges(self, *methods, since=0):
        with self._lock:
            return [exchange for exchange in self._exchanges[since:] if not methods or exchange.method in methods]

    def writes(self, since=0, containing=""):
        """Requests that change the calendar, as far as they reached the server."""
        return [exchange for exchange in self.exchanges("PUT", "DELETE", "MOVE", "COPY", "POST", "PROPPATCH", since=since)
                if containing.encode() in exchange.body]

    # -- for the handler

    def record(self, exchange):
        with self._lock:
            self._exchanges.append(exchange)

    def wait_open(self):
        self._open.wait()

    def refusal(self, method, body):
        return next((status for text, status in self._refusals.items() if method == "PUT" and text in body), None)

    def ask(self, method, path, headers, body):
        connection = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def close(self):
        self._open.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a peer that was killed


class _Handler(http.server.BaseHTTPRequestHandler):
    owner = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_):
        pass

    def _forward(self):
        wire = self.owner
        # RFC 4918 servers are not sent chunked bodies by calmux (some refuse them); one would be seen here as no body.
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "keep-alive")}
        wire.wait_open()
        if wire.is_cut:
            return self._hang_up()
        if (status := wire.refusal(self.command, body)) is not None:
            wire.record(Exchange(self.command, self.path, headers, body, status))
            return self._answer(status, "Refused", [], b"")
        try:
            status, reason, answered, content = wire.ask(self.command, self.path, headers, body)
        except (OSError, http.client.HTTPException):
            wire.record(Exchange(self.command, self.path, headers, body, 0))
            return self._hang_up()
        wire.record(Exchange(self.command, self.path, headers, body, status))
        if wire.is_cut:
            return self._hang_up()
        self._answer(status, reason, answered, content)

    def _answer(self, status, reason, headers, content):
        self.send_response_only(status, reason)
        for name, value in headers:
            if name.lower() not in ("connection", "keep-alive", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _hang_up(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)
