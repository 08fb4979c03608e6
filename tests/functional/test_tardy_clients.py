"""The last look at the stack that hostile clients worked on."""

from expect import works_and_rests


def test_slow_clients_were_told_or_cut_off(slow_clients):
    slow_clients.wait()
    for name, statuses in slow_clients.got.items():
        assert statuses in ([], [408], [400], [503]), (name, statuses)


def test_after_all_that_the_service_works_and_rests(rough, slow_clients):
    works_and_rests(rough)
    # Of the smugglers only what was not hidden in anything, and nothing of those who never finished.
    assert rough.postgres.value("SELECT count(*) FROM inbox WHERE source_id = 'smuggler' AND source_event_id NOT LIKE 'smuggled-%%'") == 0
    assert rough.postgres.value("SELECT count(*) FROM inbox WHERE source_event_id LIKE 'slow-body%%'") == 0
