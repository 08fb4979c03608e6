#!/usr/bin/python3
"""Counts test cases from the JUnit files that tests/run.sh leaves.

usage: count.py FOLDER NAME SECONDS   tells how one program went, and what failed
       count.py FOLDER                the sum on the last line; exit 1 if anything failed or nothing ran
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

SKIPPED = 77  # of caldav_servers.py: the server cannot run here
NO_TESTS = 5  # of pytest


class Result:
    def __init__(self, folder, name):
        self.name = name
        self.log = (folder / f"{name}.log").read_text(errors="replace")
        code = int((folder / f"{name}.code").read_text())
        self.passed, self.failures, self.skips = 0, [], []
        try:
            self._read(folder / f"{name}.xml")
        except (OSError, ElementTree.ParseError):
            # Without a result file the program did not come to its end: one failure, or one skip, for all of it.
            if code == SKIPPED:
                lines = self.log.strip().splitlines()
                self.skips.append((name, lines[-1] if lines else "no reason given"))
            elif code != NO_TESTS:
                self.failures.append((name, f"ended with exit code {code} before it told its results"))
        if code not in (0, SKIPPED, NO_TESTS) and not self.failures:
            self.failures.append((name, f"every test passed, but the program ended with exit code {code}"))

    def _read(self, path):
        for case in ElementTree.parse(path).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            bad = case.find("failure") if case.find("failure") is not None else case.find("error")
            skip = case.find("skipped")
            if bad is not None:
                self.failures.append((name, bad.get("message") or bad.text or ""))
            elif skip is not None or case.get("status") == "notrun":
                self.skips.append((name, skip.get("message") or "" if skip is not None else "disabled"))
            else:
                self.passed += 1


def tell(result, seconds):
    print(f"{result.name}: {summary([result])}   ({seconds} s)", flush=True)
    for reason in sorted({" ".join(reason.split()) for _, reason in result.skips}):
        count = sum(reason == " ".join(other.split()) for _, other in result.skips)
        print(f"  skipped ({count}): {reason}")
    for name, message in result.failures[:20]:
        print(f"\n  FAILED {name}\n" + "\n".join("    " + line for line in message.strip().splitlines()[:25]))
    if result.failures:
        print("\n  the end of its output:\n" + "\n".join("    " + line for line in result.log.splitlines()[-40:]) + "\n")


def summary(results):
    return (f"{sum(r.passed for r in results)} passed, {sum(len(r.failures) for r in results)} failed, "
            f"{sum(len(r.skips) for r in results)} skipped")


def main():
    folder = pathlib.Path(sys.argv[1])
    if len(sys.argv) > 2:
        tell(Result(folder, sys.argv[2]), sys.argv[3])
        return
    results = [Result(folder, path.stem) for path in sorted(folder.glob("*.code"))]
    for result in results:
        for name, _ in result.failures:
            print(f"failed: {result.name}: {name}")
    print(summary(results))
    sys.exit(any(result.failures for result in results) or not any(result.passed for result in results))


if __name__ == "__main__":
    main()
