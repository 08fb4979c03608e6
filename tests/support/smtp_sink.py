"""An SMTP server on loopback that keeps each mail as a file and sends nothing: whatever a CalDAV server would mail ends here."""

import asyncio
import pathlib
import threading


class SmtpSink:
    """Runs in a thread of its own. Each file of `folder` is a mail, its first line the recipients."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._session, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def mails(self):
        return sorted(self.folder.glob("*.eml"))

    def stop(self):
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _session(self, reader, writer):
        recipients = []
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self._keep(recipients, await self._message(reader))
                recipients = []
            elif verb == b"RCPT":
                recipients.append(line.strip().decode(errors="replace"))
            elif verb == b"QUIT":
                break
            writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    @staticmethod
    async def _message(reader):
        lines = []
        while (line := await reader.readline()) and line.rstrip(b"\r\n") != b".":
            lines.append(line)
        return b"".join(lines)

    def _keep(self, recipients, message):
        self._count += 1
        path = self.folder / f"{self._count:06}.eml"
        path.write_bytes(f"X-Recipients: {', '.join(recipients)}\n".encode() + message)
