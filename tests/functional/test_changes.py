"""Events that change, move, are deleted and come back, in whatever order the deliveries arrive."""

import datetime

import pytest

from expect import post, title_of
from payloads import UTC, at, day, deleted, fresh, graph, modified, stamp


def test_an_update_changes_the_event_in_place(calm, phone):
    event_id, title = fresh(), title_of("before")
    post(calm, graph(event_id, title))
    old = phone.event(title)
    post(calm, graph(event_id, title + " after", location={"displayName": "new place"}))
    assert phone.events(title) == []
    new = phone.event(title + " after")
    assert (new.uid, new.text("LOCATION")) == (old.uid, "new place")


def test_a_cleared_field_is_cleared(calm, phone):
    event_id, title = fresh(), title_of("cleared")
    post(calm, graph(event_id, title, location={"displayName": "somewhere"}, categories=["one"], importance="high", isReminderOn=True))
    full = phone.event(title)
    assert full.text("LOCATION") and full.all("CATEGORIES") and full.alarms
    post(calm, graph(event_id, title))
    bare = phone.event(title)
    assert bare.text("LOCATION") is None and not bare.all("CATEGORIES") and not bare.alarms and bare.text("PRIORITY") in (None, "0", "5")


def test_a_moved_event_is_shown_at_its_new_time_only(calm, phone):
    event_id, title = fresh(), title_of("moved")
    post(calm, graph(event_id, title, at(9)))
    uid = phone.event(title).uid
    post(calm, graph(event_id, title, at(15, 30, ahead=15)))
    event = phone.event(title)
    assert (event.start, event.uid) == (at(15, 30, ahead=15), uid)
    assert phone.occurrences(at(0), at(23), title) == []


def test_an_event_that_becomes_all_day_is_a_date(calm, phone):
    event_id, title = fresh(), title_of("becomes")
    post(calm, graph(event_id, title))
    post(calm, graph(event_id, title, day(14)))
    assert phone.event(title).start == day(14)


@pytest.mark.parametrize("how", [
    lambda event_id: dict(event=deleted(event_id)), lambda event_id: dict(event={"id": event_id}, path="/api/webhook/event/deleted"),
    lambda event_id: dict(event=graph(event_id, "whatever", ActionType="DELETED"))])
def test_a_deleted_event_is_gone(calm, phone, how):
    event_id, title = fresh(), title_of("deleted")
    post(calm, graph(event_id, title))
    assert phone.event(title)
    post(calm, **how(event_id))
    assert phone.events(title) == []
    assert calm.postgres.value("SELECT sync_status FROM event_mappings WHERE source_event_id = %s", event_id) == "deleted"


def test_a_cancelled_meeting_is_gone(calm, phone):
    event_id, title = fresh(), title_of("cancelled")
    post(calm, graph(event_id, title))
    post(calm, graph(event_id, "Canceled: " + title, isCancelled=True))
    assert phone.events(title) == [] and phone.events("Canceled: " + title) == []


def test_two_sources_with_one_id_are_two_events(calm, phone):
    event_id, title = fresh(), title_of("two sources")
    post(calm, graph(event_id, title + " a"), source="m365_tenant1")
    post(calm, graph(event_id, title + " b"), source="m365_tenant2")
    assert phone.event(title + " a").uid != phone.event(title + " b").uid
    post(calm, deleted(event_id), source="m365_tenant1")
    assert phone.events(title + " a") == [] and phone.event(title + " b")


def test_ids_that_differ_in_letter_case_only_are_two_events(calm, phone):
    event_id, title = fresh(), title_of("case")
    post(calm, graph(event_id, title + " mixed"))
    post(calm, graph(event_id.swapcase(), title + " swapped"))
    assert phone.event(title + " mixed").uid != phone.event(title + " swapped").uid


# -- order


def test_a_late_older_update_is_ignored(calm, phone):
    event_id, title = fresh(), title_of("newest")
    older = graph(event_id, title + " older", changed=modified(-60))
    post(calm, graph(event_id, title))
    mark = calm.wire.mark()
    assert post(calm, older)["status"] == "skipped"
    assert phone.event(title) and phone.events(title + " older") == []
    assert calm.wire.writes(mark) == []


def test_updates_in_the_wrong_order_end_with_the_newest(calm, phone):
    event_id, title = fresh(), title_of("shuffled")
    versions = [graph(event_id, f"{title} {number}") for number in range(6)]
    for number in (3, 0, 5, 1, 4, 2):
        assert calm.direct.post(versions[number]).status == 200
    calm.wait_settled()
    assert phone.event(f"{title} 5")
    assert all(phone.events(f"{title} {number}") == [] for number in range(5))


def test_a_late_update_does_not_revive_a_deleted_event(calm, phone):
    event_id, title = fresh(), title_of("dead")
    late = graph(event_id, title, ActionType="updated")
    post(calm, graph(event_id, title, changed=modified(-60)))
    post(calm, deleted(event_id))
    mark = calm.wire.mark()
    assert post(calm, late)["status"] == "skipped"
    assert phone.events(title) == []
    assert calm.wire.writes(mark) == []


def test_a_deletion_that_overtakes_the_creation_wins(calm, phone):
    event_id, title = fresh(), title_of("overtaken")
    created = graph(event_id, title, ActionType="added")
    post(calm, deleted(event_id))
    assert post(calm, created)["status"] == "skipped"
    assert phone.events(title) == []


def test_an_event_that_is_changed_after_its_deletion_comes_back(calm, phone):
    event_id, title = fresh(), title_of("back")
    post(calm, graph(event_id, title))
    uid = phone.event(title).uid
    post(calm, deleted(event_id))
    post(calm, graph(event_id, title + " again", changed=datetime.datetime.now(UTC) + datetime.timedelta(seconds=5)))
    assert phone.event(title + " again").uid == uid


def test_deleted_for_an_event_outside_the_triggers_window_is_no_proof(calm, phone):
    event_id, title = fresh(), title_of("far away")
    post(calm, graph(event_id, title, at(ahead=400)))
    assert post(calm, deleted(event_id))["status"] == "skipped"
    assert phone.event(title)


@pytest.mark.parametrize("first", ["the new id", "the deletion"])
def test_an_accepted_invitation_that_comes_back_under_a_new_id_keeps_its_resource(calm, phone, first):
    title, uid, invited, accepted = title_of("accepted"), f"uid-{fresh()}", fresh(), fresh()
    post(calm, graph(invited, title, uid=uid, iCalUId=uid, createdDateTime=stamp(at(8, ahead=-2))))
    before = phone.event(title)
    again = graph(accepted, title + " accepted", uid=uid, iCalUId=uid, createdDateTime=stamp(at(8, ahead=-1)))
    for step in (again, deleted(invited)) if first == "the new id" else (deleted(invited), again):
        post(calm, step)
    assert phone.events(title) == []
    assert phone.event(title + " accepted").uid == before.uid
    assert len([one for one in calm.read_calendar() if title in one.text]) == 1
