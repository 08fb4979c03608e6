"""The command line: what an operator types, and its exit status."""

import pytest

from payloads import fresh, graph


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["migrate", "--help"], ["check-config", "--help"], ["reconcile", "--help"],
                                       ["replay", "--help"], ["trace", "--help"], ["key", "--help"], ["key", "new", "--help"]])
def test_help_is_everywhere(calm, arguments):
    assert calm.command(*arguments, environment={}).stdout.strip()


def test_the_version_is_told(calm):
    assert calm.command("--version", environment={}).stdout.startswith("calmux ")


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["serve", "--unknown"], ["trace"], ["key"], ["replay", "--id", "x"], ["reconcile", "extra"]])
def test_wrong_use_ends_with_2(calm, arguments):
    assert calm.command(*arguments, check=False).returncode == 2


def test_a_good_configuration_is_good(calm):
    assert calm.command("check-config").returncode == 0


def test_all_that_is_wrong_is_told_together(calm):
    done = calm.command("check-config", check=False, environment={
        "CALDAV_URL": "ftp://x", "LOG_LEVEL": "loud", "CONFLICT_RESOLUTION": "coin_toss", "MAX_EVENT_AGE_DAYS": "many", "CALMUX_PORT": "99999",
        "API_KEY": "short", "SOURCE_PRIORITY_M365_TENANT1": "high"})
    assert done.returncode == 1
    for name in ("DATABASE_URL", "CALDAV_URL", "LOG_LEVEL", "CONFLICT_RESOLUTION", "MAX_EVENT_AGE_DAYS", "CALMUX_PORT", "API_KEY", "SOURCE_PRIORITY_M365_TENANT1"):
        assert name in done.stderr


@pytest.mark.parametrize("name, value", [
    ("LOG_LEVEL", "INFO"), ("LOG_LEVEL", "warning"), ("CONFLICT_RESOLUTION", "last_write_wins"), ("CONFLICT_RESOLUTION", "priority_based"),
    ("CONFLICT_RESOLUTION", "manual"), ("SOURCE_PRIORITY_M365_TENANT1", "1"), ("TZ", "Europe/Berlin"), ("MAX_EVENT_AGE_DAYS", "365")])
def test_settings_of_the_earlier_system_keep_working(calm, name, value):
    assert calm.command("check-config", environment={**calm.environment, name: value}).returncode == 0


def test_migrating_twice_changes_nothing(calm):
    assert "up to date" in calm.command("migrate").stdout


@pytest.mark.parametrize("arguments", [["migrate"], ["trace", "x"], ["replay"], ["key", "new"], ["reconcile"]])
def test_without_a_database_a_command_fails_and_says_so(calm, arguments):
    done = calm.command(*arguments, check=False, environment={**calm.environment, "DATABASE_URL": "postgresql://nobody@/none?host=/nowhere"})
    assert done.returncode == 1
    assert done.stderr.strip() and "terminate called" not in done.stderr


def test_a_taken_port_is_told(calm):
    done = calm.command("serve", check=False)
    assert done.returncode == 1
    assert str(calm.port) in done.stderr


def test_secrets_may_lie_in_files(calm, tmp_path):
    environment = calm.environment
    for name in ("DATABASE_URL", "CALDAV_PASSWORD", "API_KEY"):
        (tmp_path / name).write_text(environment.pop(name) + "\n")
        environment[name + "_FILE"] = str(tmp_path / name)
    assert calm.command("check-config", environment=environment).returncode == 0
    assert calm.command("reconcile", "--dry-run", environment=environment).returncode == 0


def test_dead_letters_of_one_source_are_replayed(calm):
    source = f"replay.{fresh()[13:20]}"
    calm.direct.post(graph(fresh(), "nowhere", start=None, end={"dateTime": "x", "timeZone": "UTC"}), source=source)
    calm.wait_settled()
    assert calm.command("replay", "--source", source).stdout.startswith("1 ")
    calm.wait_settled()
    [letter] = calm.direct.get(f"/api/dead-letters?source_id={source}").json["dead_letters"]
    assert calm.command("replay", "--id", str(letter["id"])).stdout.startswith("1 ")
