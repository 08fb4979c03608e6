"""Keys of sources: made on the command line, kept hashed, valid while the service runs."""

import time

from payloads import fresh, graph
from parts import PATIENCE


def answered(calm, status, **how):
    """Waits until a post is answered `status`: keys are looked up every few seconds."""
    deadline = time.monotonic() + PATIENCE
    while (answer := calm.direct.post(graph(fresh(), "with a key of its own"), **how)).status != status:
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    return answer


def test_a_key_made_while_the_service_runs_is_accepted_for_its_sources_alone(calm):
    key = calm.command("key", "new", "--source", "tenant.a", "--source", "tenant.b", "--label", "for two").stdout.strip()
    answered(calm, 200, key=key, source="tenant.a")
    assert calm.direct.post(graph(fresh(), "b"), key=key, source="tenant.b").status == 200
    assert calm.caddy.post(graph(fresh(), "b"), key=key, source="tenant.b").status == 200
    assert calm.direct.post(graph(fresh(), "b"), key=None, source="tenant.b", Authorization=f"Bearer {key}").status == 200
    assert calm.direct.post(graph(fresh(), "c"), key=key, source="tenant.c").status == 403
    assert calm.caddy.post(graph(fresh(), "c"), key=key, source="tenant.c").status == 403


def test_a_key_without_sources_is_valid_for_all(calm):
    key = calm.command("key", "new").stdout.strip()
    answered(calm, 200, key=key, source="anybody")
    assert calm.direct.post(graph(fresh(), "anybody"), key=key, source="somebody.else").status == 200


def test_a_revoked_key_is_refused(calm):
    key = calm.command("key", "new", "--label", "revoked").stdout.strip()
    answered(calm, 200, key=key)
    calm.postgres.rows("UPDATE api_keys SET revoked_at = now() WHERE label = 'revoked'")
    answered(calm, 401, key=key)


def test_a_key_is_printed_once_and_kept_as_a_hash(calm):
    done = calm.command("key", "new", "--label", "kept hashed")
    key = done.stdout.strip()
    assert len(key) >= 32 and "\n" not in key
    assert key not in calm.command("key", "new").stdout
    dump = str(calm.postgres.rows("SELECT row_to_json(k)::text FROM api_keys k"))
    assert "kept hashed" in dump and key not in dump


def test_the_keys_of_the_environment_are_kept_nowhere(calm):
    for table, in calm.postgres.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"):
        assert calm.postgres.value(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', "%functional-test-key%") == 0
