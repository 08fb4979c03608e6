"""Many events with many versions, posted from several senders that are as stubborn as flows are, and what the calendar must hold after that."""

import dataclasses
import http.client
import random
import threading
import time

from door import ask, delivery
from payloads import at, deleted, fresh, graph


@dataclasses.dataclass
class Life:
    """What was posted of one event. `last` is the newest statement that was answered 2xx, `tried` all that were sent."""

    event_id: str
    title: str
    tried: list = dataclasses.field(default_factory=list)
    last: int = -1

    def statement(self, version):
        return graph(self.event_id, f"{self.title} v{version}", at(8 + version % 10, ahead=3 + version % 20))


GONE = "gone"


class Load:
    """Posts `count` events with up to `versions` versions each, some deleted in the end, until all is told or stop() is called."""

    def __init__(self, doors, count, versions=3, senders=8, seed=None, deletions=0.15, give_up=0.1):
        self.seed = random.randrange(1 << 30) if seed is None else seed
        print("load seed", self.seed)
        self._dice = random.Random(self.seed)
        self.lives = [Life(fresh(f"load{number}"), f"load {self.seed}-{number}") for number in range(count)]
        self._doors = doors
        self._give_up = give_up
        self._stopping = threading.Event()
        self.answered = 0
        self.failures = []
        jobs = [(life, [*range(versions), *([GONE] if self._dice.random() < deletions else [])]) for life in self.lives]
        self._threads = [threading.Thread(target=self._send, args=(jobs[number::senders], doors[number % len(doors)], random.Random(self.seed + number)))
                         for number in range(senders)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def join(self):
        for thread in self._threads:
            thread.join(600)
            assert not thread.is_alive(), "a sender is stuck"
        assert not self.failures, self.failures[:5]

    @property
    def running(self):
        return any(thread.is_alive() for thread in self._threads)

    def _send(self, jobs, door, dice):
        connection = None
        # Version by version through all events, so that their writes overlap.
        for step in range(max((len(steps) for _, steps in jobs), default=0)):
            for life, steps in jobs:
                if step >= len(steps):
                    continue
                version = steps[step]
                number = len(life.tried)
                life.tried.append(version)
                event = deleted(life.event_id) if version == GONE else life.statement(version)
                while True:
                    try:
                        connection = connection or door.connection(timeout=60)
                        status = ask(connection, "POST", "/api/webhook/event", *delivery(event)).status
                    except (OSError, http.client.HTTPException):
                        status = 0
                        if connection:
                            connection.close()
                        connection = None
                    if status == 200:
                        life.last = number
                        self.answered += 1
                        break
                    if status not in (0, 429, 502, 503, 504):
                        self.failures.append((life.event_id, status))
                        break
                    # A flow tries again; some give up, and then the statement may be there or not.
                    if dice.random() < self._give_up:
                        break
                    time.sleep(0.05)
        if connection:
            connection.close()

    # -- what must be true in the end

    def check(self, stack):
        """Each event exactly once with its latest statement. One that was not answered 2xx may count or not."""
        shown = {}
        for resource in stack.read_calendar():
            for event in resource.events:
                shown.setdefault(event.uid, []).append(event)
        assert all(len(found) == 1 for found in shown.values()), "one UID, several events"
        by_title = {}
        for [event] in shown.values():
            title, _, version = (event.text("SUMMARY") or "").rpartition(" v")
            by_title.setdefault(title, []).append((int(version) if version.isdigit() else version, event))
        wrong = []
        for life in self.lives:
            found = by_title.get(life.title, [])
            if len(found) > 1:
                wrong.append(f"{life.title} is there {len(found)} times")
                continue
            allowed = [life.tried[number] for number in range(max(life.last, 0), len(life.tried))]
            if life.last < 0:
                allowed.append(GONE)  # nothing of it was ever accepted
            there = found[0][0] if found else GONE
            if there not in allowed:
                wrong.append(f"{life.title}: {there}, expected one of {allowed}")
            elif found:
                expected = life.statement(there)["start"]["dateTime"][:19]
                if found[0][1].start.replace(tzinfo=None).isoformat() != expected:
                    wrong.append(f"{life.title} v{there} starts {found[0][1].start}, expected {expected}")
        assert wrong == [], f"seed {self.seed}: {len(wrong)} of {len(self.lives)}: {wrong[:10]}"
        assert set(stack.dav.hrefs()) == {resource.href for resource in stack.read_calendar()}


def redeliver(stack):
    """Everything the stack was ever sent, as new deliveries of the same statements: no write may follow."""
    stack.wait_settled()
    bodies = stack.postgres.rows("SELECT id, source_id, body FROM inbox WHERE state = 'done' AND operation <> 'delete' AND media = 'json' ORDER BY id")
    before = stack.dav.hrefs()
    mark = stack.wire.mark()
    connection = stack.direct.connection()
    try:
        for number, source, body in bodies:
            answer = ask(connection, "POST", "/api/webhook/event", *delivery(body.encode(), source=source, headers={"Idempotency-Key": f"again {mark} {number}"}))
            assert answer.status == 200, answer
    finally:
        connection.close()
    stack.wait_settled()
    assert stack.wire.writes(mark) == []
    assert stack.dav.hrefs() == before
