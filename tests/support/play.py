#!/usr/bin/python3
"""Plays tests/data/sample/notifications.jsonl to a running Calmux, as flows and phones would, and waits until all is written.

usage: play.py RUN_ENV NOTIFICATIONS      RUN_ENV is var/run.env of the stack

Every post must be answered 200 "accepted". What says "not now" (429, 502, 503, 504, no connection) is tried again for a minute.
"""
import json
import ssl
import sys
import time
import urllib.error
import urllib.request

from play_week import read_run_env, shift_weeks, shifted

PATIENCE = 60  # seconds for one post
# For the writing afterwards: what a killed Calmux had begun is taken up again only when its claim has run out.
WRITING_PATIENCE = 360
NOT_NOW = {429, 502, 503, 504}


class Calmux:
    def __init__(self, env):
        self.base = env["CALMUX_PUBLIC_URL"]
        self.key = env["CALMUX_API_KEY"]
        tls = ssl.create_default_context(cafile=env["CALMUX_CA_FILE"])
        self.web = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls), urllib.request.ProxyHandler({}))

    def call(self, path, body=None, headers=None):
        """Status and parsed body; (0, reason) where nobody answered."""
        request = urllib.request.Request(self.base + path, data=body, headers={"X-API-Key": self.key, **(headers or {})})
        try:
            with self.web.open(request, timeout=130) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except (OSError, ValueError) as error:
            return 0, str(error)

    def patiently(self, path, body=None, headers=None):
        until = time.monotonic() + PATIENCE
        wait = 0.2
        while True:
            status, answer = self.call(path, body, headers)
            if status not in NOT_NOW | {0} or time.monotonic() > until:
                return status, answer
            time.sleep(wait)
            wait = min(wait * 2, 3)


def fail(text):
    sys.exit(f"run: {text}")


def unfinished(operation):
    return any(delivery["status"] == "accepted" for delivery in operation["deliveries"])


def main():
    env_file, notifications_file = sys.argv[1:]
    calmux = Calmux(read_run_env(env_file))
    weeks = shift_weeks()
    request_ids = []
    duplicates = 0
    with open(notifications_file, encoding="utf-8") as lines:
        for line in lines:
            note = json.loads(shifted(line, weeks))
            body = note["body"] if isinstance(note["body"], str) else json.dumps(note["body"], ensure_ascii=False)
            headers = {"Content-Type": note["content_type"], "X-Calendar-Source": note["source"]}
            status, answer = calmux.patiently(note["path"], body.encode(), headers)
            if status != 200 or not isinstance(answer, dict) or answer.get("status") != "accepted":
                fail(f"notification {note['n']} ({note['source']}, {note['path']}) was answered {status}: {answer}")
            duplicates += bool(answer.get("duplicate"))
            request_ids.append((note["n"], answer["request_id"]))

    until = time.monotonic() + WRITING_PATIENCE
    tell_at = time.monotonic() + 10
    waiting = request_ids
    while waiting and time.monotonic() < until:
        left = []
        for number, request_id in waiting:
            status, answer = calmux.patiently(f"/api/operations/{request_id}")
            if status != 200 or unfinished(answer):
                left.append((number, request_id))
                continue
            failed = [delivery for delivery in answer["deliveries"] if delivery["status"] == "error"]
            if failed:
                fail(f"notification {number} could not be carried out: {failed[0]['reason']}")
        waiting = left
        if waiting:
            if time.monotonic() > tell_at:
                print(f"{len(waiting)} notifications are still on their way to the calendar …", flush=True)
                tell_at += 60
            time.sleep(0.3)
    if waiting:
        number, request_id = waiting[0]
        fail(f"{len(waiting)} of {len(request_ids)} notifications are not carried out after {WRITING_PATIENCE} s; the first is number {number}: "
             f"{calmux.call('/api/operations/' + request_id)}")
    print(f"Played {len(request_ids)} notifications ({duplicates} of them known already).")


if __name__ == "__main__":
    main()
