"""kill -9 of any part at any moment: what was answered 2xx is in the calendar exactly once, and a second run writes nothing."""

import json
import random
import time

import pytest

from conftest import FULL, make_stack
from load import Load, redeliver

ROUNDS = 12 if FULL else 3
EVENTS = 80


def kill_calmux(stack, dice):
    stack.service.kill9()
    time.sleep(dice.random() * 0.5)
    stack.start_calmux()


def kill_postgres(stack, dice):
    stack.postgres.kill9()
    time.sleep(dice.random() * 2)
    stack.postgres.start()


def kill_server(stack, dice):
    stack.server.kill9()
    time.sleep(dice.random() * 2)
    stack.server.restart()


def end_server(stack, dice):
    stack.server.stop()
    time.sleep(dice.random() * 2)
    stack.server.restart()


KILLS = {"calmux": kill_calmux, "postgresql": kill_postgres, "the calendar server": kill_server}


def killing(stack, kills, rounds, events=EVENTS, senders=8):
    """Load, and a kill at a random moment of each round, until the load ends; then whatever is left of the rounds while it is written."""
    dice = random.Random()
    seed = dice.randrange(1 << 30)
    print("kill seed", seed)
    dice.seed(seed)
    load = Load([stack.direct, stack.caddy], events, senders=senders).start()
    for number in range(rounds):
        time.sleep(dice.random() * 1.5)
        kills[number % len(kills)](stack, dice)
    load.join()
    stack.wait_ready()
    stack.wait_health("healthy")
    stack.wait_settled_after_a_crash()
    load.check(stack)
    return load


@pytest.mark.parametrize("part", KILLS)
def test_a_part_is_killed_under_load(breakable, part):
    load = killing(breakable, [KILLS[part]], ROUNDS)
    assert load.answered > EVENTS


def test_all_parts_are_killed_under_load_and_a_second_run_writes_nothing(breakable):
    kills = list(KILLS.values())
    random.shuffle(kills)
    killing(breakable, kills, max(3, ROUNDS))
    redeliver(breakable)
    told = breakable.command("reconcile", "--dry-run").stdout
    assert told == "the destination holds what was written\n"


def test_all_parts_are_killed_under_load_with_cyrus():
    """Cyrus itself is ended with SIGTERM: killed within a PUT it answers 500 for that resource ever after, which nobody can write into."""
    with make_stack(caldav="cyrus") as stack:
        kills = [kill_calmux, kill_postgres, end_server]
        random.shuffle(kills)
        killing(stack, kills, max(3, ROUNDS), events=120)
        redeliver(stack)
        assert stack.server.mails() == []


def test_sigterm_under_load_loses_nothing_and_ends_in_time(breakable):
    load = Load([breakable.direct, breakable.caddy], EVENTS, give_up=0).start()
    left = []
    for _ in range(2):
        time.sleep(0.5 + random.random())
        pid = breakable.service.pid
        assert breakable.service.terminate(60) == 0
        left.append(breakable.in_hand(pid))
        breakable.start_calmux()
    load.join()
    breakable.wait_settled_after_a_crash()
    load.check(breakable)
    # What it had claimed and not begun it gave back, rather than let it wait until the lease ends.
    assert left == [(0, 0)] * 2


def test_two_services_on_one_database_share_the_work_and_do_nothing_twice(breakable):
    from door import Door
    from server_process import free_port, wait_until

    port = free_port()
    log = breakable.folder / "second.log"
    begin = len(breakable.log_text())
    second = breakable.launch(log=log, CALMUX_PORT=str(port))
    try:
        other = Door("second", port)
        wait_until(lambda: breakable._answers(other), 120, "the second calmux's start")
        mark = breakable.wire.mark()
        load = Load([breakable.direct, other], 150, versions=2, give_up=0).start()
        load.join()
        breakable.wait_settled(300)
        load.check(breakable)
        writes = [one for one in breakable.wire.writes(mark) if one.method == "PUT"]
        creations = [one for one in writes if one.status == 201 and any(name.lower() == "if-none-match" for name in one.headers)]
        assert len(creations) <= len(load.lives)
        assert len({one.path for one in creations}) == len(creations)  # none was created twice
        assert len({one.body for one in writes}) == len(writes)  # no content was written twice
        assert [one for one in writes if one.status not in (200, 201, 204)] == []
        redeliver(breakable)
    finally:
        assert second.terminate() == 0
    folded = [sum(json.loads(line)["message"] == "delivery folded" for line in text.splitlines())
              for text in (breakable.log_text()[begin:], log.read_text())]
    assert min(folded) > 0, folded


def test_when_one_of_two_services_is_killed_the_other_goes_on(breakable):
    from door import Door
    from server_process import free_port, wait_until

    port = free_port()
    second = breakable.launch(log=breakable.folder / "second.log", CALMUX_PORT=str(port))
    try:
        other = Door("second", port)
        wait_until(lambda: breakable._answers(other), 120, "the second calmux's start")
        load = Load([other], 80).start()
        time.sleep(0.5 + random.random())
        breakable.service.kill9()
        load.join()
        breakable.wait_settled_after_a_crash(other)
        load.check(breakable)
    finally:
        assert second.terminate() == 0
        if not breakable.service.running():
            breakable.start_calmux()
