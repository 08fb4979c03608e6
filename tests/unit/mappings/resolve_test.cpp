#include "mappings/resolve.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

const sys_seconds now = sys_days{2026y / 10 / 1} + 12h;

// A stand-in for Central European time: summer until 25 October 2026, 01:00 UTC.
sys_seconds central(std::chrono::local_seconds local, std::string_view) {
  const bool summer = local < local_days{2026y / 10 / 25} + 3h;
  return sys_seconds{local.time_since_epoch() - (summer ? 2h : 1h)};
}

DateValue wall(std::chrono::year_month_day day, std::chrono::seconds time) {
  const auto local = local_days{day} + time;
  return DateValue::zoned(local, "Europe/Amsterdam", central(local, ""));
}

ResolveRules rules() {
  return {"home", "tenant1", std::nullopt, central};
}

SourceEvent row(Event event, bool deleted = false) {
  SourceEvent row;
  row.version.modified = event.last_modified;
  row.event = std::move(event);
  row.deleted = deleted;
  if (deleted) row.deleted_at = now;
  return row;
}

Event single(const std::string& id = "single") {
  Event event;
  event.source_event_id = id;
  event.title = "Talk";
  event.start = wall(2026y / 10 / 5, 9h);
  event.end = wall(2026y / 10 / 5, 10h);
  event.last_modified = now;
  return event;
}

Event master() {
  Event event = single("master");
  event.type = EventType::master;
  event.title = "Standup";
  event.location = "Room A";
  event.recurrence = Recurrence{"FREQ=WEEKLY;BYDAY=MO", {}, {}};
  return event;
}

Event occurrence(const std::string& id, std::chrono::year_month_day day, std::chrono::seconds time = 9h) {
  Event event = master();
  event.source_event_id = id;
  event.series_id = "master";
  event.type = EventType::occurrence;
  event.recurrence.reset();
  event.recurrence_id = DateValue::date(day);
  event.start = DateValue::utc(wall(day, time).instant);
  event.end = DateValue::utc(wall(day, time + 1h).instant);
  return event;
}

KnownObject known_as(std::int64_t id, const Action& action) {
  return {id, action.object_key, action.content->uid, action.content};
}

std::vector<Action> decide(const std::vector<SourceEvent>& group, const std::vector<KnownObject>& known = {},
                           const ResolveRules& with = rules()) {
  return resolve(group, known, with, now);
}

TEST(Resolve, a_new_single_event_is_created_under_a_minted_uid) {
  const auto actions = decide({row(single())});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[0].object_key, "single");
  EXPECT_EQ(actions[0].content->uid, mint_uid("home", "tenant1", "single"));
  EXPECT_EQ(actions[0].source_event_ids, std::vector<std::string>{"single"});
}

TEST(Resolve, unchanged_content_is_skipped) {
  const auto known = known_as(1, decide({row(single())})[0]);
  Event again = single();
  again.last_modified = now + 1h;
  again.change_key = "other";
  const auto actions = decide({row(again)}, {known});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, ActionKind::skip);
  EXPECT_EQ(actions[0].object_id, 1);
}

TEST(Resolve, changed_content_is_updated_and_keeps_its_uid) {
  auto known = known_as(1, decide({row(single())})[0]);
  known.uid = known.desired->uid = "from-before";
  Event changed = single();
  changed.title = "Other";
  const auto actions = decide({row(changed)}, {known});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, ActionKind::update);
  EXPECT_EQ(actions[0].content->uid, "from-before");
}

TEST(Resolve, deleted_and_cancelled_events_lose_their_object) {
  const auto known = known_as(1, decide({row(single())})[0]);
  Event cancelled = single();
  cancelled.cancelled = true;
  const std::pair<SourceEvent, const char*> table[] = {{row(single(), true), "deleted at the source"},
                                                       {row(cancelled), "cancelled at the source"}};
  for (const auto& [event, reason] : table) {
    const auto actions = decide({event}, {known});
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(actions[0].kind, ActionKind::delete_);
    EXPECT_EQ(actions[0].object_id, 1);
    EXPECT_EQ(actions[0].reason, reason);
    EXPECT_FALSE(actions[0].content);
    const auto never_written = decide({event});
    ASSERT_EQ(never_written.size(), 1U);
    EXPECT_EQ(never_written[0].kind, ActionKind::skip);
    EXPECT_EQ(never_written[0].reason, reason);
  }
}

TEST(Resolve, an_object_that_is_on_its_way_out_is_not_deleted_twice_and_can_come_back) {
  auto known = known_as(1, decide({row(single())})[0]);
  known.desired.reset();
  EXPECT_EQ(decide({row(single(), true)}, {known})[0].kind, ActionKind::skip);
  EXPECT_EQ(decide({row(single())}, {known})[0].kind, ActionKind::update);
}

TEST(Resolve, a_declined_event_stays) {
  Event declined = single();
  declined.response = ResponseType::declined;
  EXPECT_EQ(decide({row(declined)})[0].kind, ActionKind::create);
}

TEST(Resolve, events_that_ended_long_ago_are_not_created_but_kept_where_they_exist) {
  auto with = rules();
  with.max_event_age = days{30};
  Event old = single();
  old.start = wall(2026y / 8 / 1, 9h);
  old.end = wall(2026y / 8 / 1, 10h);
  const auto actions = decide({row(old)}, {}, with);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, ActionKind::skip);
  const auto known = known_as(1, decide({row(old)})[0]);
  EXPECT_EQ(decide({row(old)}, {known}, with)[0].kind, ActionKind::skip);
  EXPECT_EQ(decide({row(old)}, {known}, with)[0].object_id, 1);

  Event series = master();
  series.start = wall(2026y / 8 / 3, 9h);
  series.end = wall(2026y / 8 / 3, 10h);
  EXPECT_EQ(decide({row(series)}, {}, with)[0].kind, ActionKind::create) << "an open series goes on";
  series.recurrence->rrule = "FREQ=WEEKLY;UNTIL=20260810T070000Z";
  EXPECT_EQ(decide({row(series)}, {}, with)[0].kind, ActionKind::skip);
}

TEST(Resolve, plain_occurrences_add_nothing_to_their_series) {
  const auto actions =
      decide({row(master()), row(occurrence("o1", 2026y / 10 / 12)), row(occurrence("o2", 2026y / 10 / 26))});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].object_key, "master");
  EXPECT_TRUE(actions[0].content->overrides.empty());
  EXPECT_EQ(actions[0].source_event_ids, (std::vector<std::string>{"master", "o1", "o2"}));
}

TEST(Resolve, a_bare_occurrence_adds_nothing_either) {
  Event bare;
  bare.source_event_id = "o1";
  bare.series_id = "master";
  bare.type = EventType::occurrence;
  bare.start = DateValue::utc(wall(2026y / 10 / 12, 9h).instant);
  bare.end = DateValue::utc(wall(2026y / 10 / 12, 10h).instant);
  bare.recurrence_id = bare.start;
  EXPECT_TRUE(decide({row(master()), row(bare)})[0].content->overrides.empty());
}

TEST(Resolve, a_moved_occurrence_becomes_an_override_in_the_master_s_wall_time) {
  // Moved by one hour, in the week after summer time ends: only zone rules can tell it from a plain one.
  const auto actions = decide({row(master()), row(occurrence("o", 2026y / 10 / 26, 10h))});
  ASSERT_EQ(actions.size(), 1U);
  ASSERT_EQ(actions[0].content->overrides.size(), 1U);
  const Event& override_ = actions[0].content->overrides[0];
  EXPECT_EQ(override_.recurrence_id, wall(2026y / 10 / 26, 9h));
  EXPECT_EQ(override_.location, "Room A");
}

TEST(Resolve, an_occurrence_with_another_title_becomes_an_override) {
  Event other = occurrence("o", 2026y / 10 / 12);
  other.title = "Standup with guests";
  EXPECT_EQ(decide({row(master()), row(other)})[0].content->overrides.size(), 1U);
}

TEST(Resolve, an_original_start_in_utc_is_put_into_the_master_s_zone) {
  for (const auto day : {2026y / 10 / 19, 2026y / 10 / 26}) {
    Event exception = occurrence("x", day, 15h);
    exception.type = EventType::exception;
    exception.recurrence_id = DateValue::utc(wall(day, 9h).instant);
    EXPECT_EQ(decide({row(master()), row(exception)})[0].content->overrides.at(0).recurrence_id, wall(day, 9h));
  }
}

TEST(Resolve, an_all_day_series_has_dates_as_recurrence_ids) {
  Event series = master();
  series.start = DateValue::date(2026y / 10 / 5);
  series.end = DateValue::date(2026y / 10 / 6);
  Event exception = occurrence("x", 2026y / 10 / 12);
  exception.type = EventType::exception;
  exception.start = DateValue::date(2026y / 10 / 13);
  exception.end = DateValue::date(2026y / 10 / 14);
  EXPECT_EQ(decide({row(series), row(exception)})[0].content->overrides.at(0).recurrence_id,
            DateValue::date(2026y / 10 / 12));
}

TEST(Resolve, deleted_and_cancelled_occurrences_are_excluded) {
  Event cancelled = occurrence("o2", 2026y / 10 / 26);
  cancelled.cancelled = true;
  const auto actions = decide({row(master()), row(occurrence("o1", 2026y / 10 / 12), true), row(cancelled)});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].content->main.recurrence->exdates,
            (std::vector<DateValue>{wall(2026y / 10 / 12, 9h), wall(2026y / 10 / 26, 9h)}));
}

TEST(Resolve, a_date_is_never_both_excluded_and_overridden) {
  Event series = master();
  series.recurrence->exdates = {wall(2026y / 10 / 12, 9h)};
  Event moved = occurrence("o", 2026y / 10 / 12, 15h);
  const auto gone_since = decide({row(series), row(moved)})[0].content.value();
  EXPECT_TRUE(gone_since.overrides.empty());
  EXPECT_EQ(gone_since.main.recurrence->exdates.size(), 1U);
  moved.last_modified = now + 1h;
  const auto back_since = decide({row(series), row(moved)})[0].content.value();
  EXPECT_EQ(back_since.overrides.size(), 1U);
  EXPECT_TRUE(back_since.main.recurrence->exdates.empty());
}

/// The rule has Mondays before 20 October 2026, at the master's time.
std::vector<bool> mondays(const Event& series, std::span<const DateValue> ids) {
  std::vector<bool> result;
  for (const auto& id : ids) {
    const auto day = std::chrono::floor<days>(id.local);
    result.push_back(std::chrono::weekday{day} == std::chrono::Monday && day < local_days{2026y / 10 / 20} &&
                     id.local - day == series.start.local - std::chrono::floor<days>(series.start.local));
  }
  return result;
}

TEST(Resolve, what_was_told_of_dates_that_a_later_rule_has_no_more_goes_with_a_reason) {
  auto with = rules();
  with.recurs = mondays;
  Event kept = occurrence("kept", 2026y / 10 / 12, 15h);
  Event tuesday = occurrence("tuesday", 2026y / 10 / 13, 15h);
  Event beyond = occurrence("beyond", 2026y / 10 / 26, 15h);
  Event later = occurrence("later", 2026y / 10 / 14, 15h);
  later.last_modified = now + 1h;
  std::vector<SourceEvent> group = {row(master()), row(kept), row(tuesday), row(beyond), row(later)};
  group[0].version.arrival = 9;
  const auto actions = decide(group, {}, with);
  ASSERT_EQ(actions.size(), 3U);
  std::vector<DateValue> shown;
  for (const auto& event : actions[0].content->overrides) shown.push_back(*event.recurrence_id);
  EXPECT_EQ(shown, (std::vector{wall(2026y / 10 / 12, 9h), wall(2026y / 10 / 14, 9h)}));
  EXPECT_EQ(actions[0].source_event_ids, (std::vector<std::string>{"master", "kept", "later"}));
  for (const auto* id : {"tuesday", "beyond"}) {
    const auto action = std::ranges::find(actions, id, &Action::object_key);
    ASSERT_NE(action, actions.end());
    EXPECT_EQ(action->kind, ActionKind::skip);
    EXPECT_EQ(action->reason, "its series has its date no more, by a rule that came later");
  }
}

TEST(Resolve, an_occurrence_of_unknown_original_start_is_the_one_that_starts_then) {
  auto with = rules();
  with.recurs = mondays;
  Event plain = occurrence("plain", 2026y / 10 / 12);
  Event moved = occurrence("moved", 2026y / 10 / 13);
  Event gone = occurrence("gone", 2026y / 10 / 19);
  for (Event* event : {&plain, &moved, &gone}) event->recurrence_id.reset();
  const auto actions = decide({row(master()), row(plain), row(moved), row(gone, true)}, {}, with);
  EXPECT_TRUE(actions.at(0).content->overrides.empty());
  EXPECT_EQ(actions[0].content->main.recurrence->exdates, std::vector{wall(2026y / 10 / 19, 9h)});
  EXPECT_EQ(actions.at(1).object_key, "moved");
  EXPECT_EQ(actions[1].kind, ActionKind::create);
}

TEST(Resolve, a_series_that_became_single_takes_back_what_was_told_of_it_before) {
  Event again = single("master");
  Event later = occurrence("later", 2026y / 10 / 19);
  later.last_modified = now + 1h;
  std::vector<SourceEvent> group = {row(again), row(occurrence("before", 2026y / 10 / 12)), row(later)};
  group[0].version.arrival = 9;
  const auto actions = decide(group);
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(actions[0].object_key, "master");
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[1].object_key, "later");
  EXPECT_EQ(actions[2].kind, ActionKind::skip);
  EXPECT_EQ(actions[2].reason, "its series has become a single event");
}

TEST(Resolve, what_came_along_with_the_master_stays_whatever_its_rule_says) {
  auto with = rules();
  with.recurs = mondays;
  EXPECT_EQ(
      decide({row(master()), row(occurrence("tuesday", 2026y / 10 / 13, 15h))}, {}, with)[0].content->overrides.size(),
      1U);
}

TEST(Resolve, an_exception_of_unknown_original_start_stands_alone_rather_than_being_lost) {
  Event exception = occurrence("x", 2026y / 10 / 12, 15h);
  exception.type = EventType::exception;
  exception.recurrence_id.reset();
  const auto actions = decide({row(master()), row(exception)});
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[1].kind, ActionKind::create);
  EXPECT_EQ(actions[1].object_key, "x");
  EXPECT_NE(actions[1].reason.find("original start is unknown"), std::string::npos);
}

TEST(Resolve, without_master_each_occurrence_is_an_object_of_its_own) {
  const auto actions = decide({row(occurrence("o1", 2026y / 10 / 12)), row(occurrence("o2", 2026y / 10 / 19))});
  ASSERT_EQ(actions.size(), 2U);
  for (const auto& action : actions) {
    EXPECT_EQ(action.kind, ActionKind::create);
    EXPECT_FALSE(action.content->main.recurrence_id) << "a lone RECURRENCE-ID refers to nothing";
  }
  EXPECT_NE(actions[0].content->uid, actions[1].content->uid);
}

TEST(Resolve, the_master_s_arrival_replaces_the_single_objects_after_creating_the_series) {
  const std::vector<SourceEvent> before = {row(occurrence("o1", 2026y / 10 / 12)),
                                           row(occurrence("o2", 2026y / 10 / 19))};
  const auto first = decide(before);
  auto group = before;
  group.push_back(row(master()));
  const auto actions = decide(group, {known_as(1, first[0]), known_as(2, first[1])});
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[0].object_key, "master");
  EXPECT_EQ(actions[1].kind, ActionKind::delete_);
  EXPECT_EQ(actions[2].kind, ActionKind::delete_);
  EXPECT_EQ(actions[1].after_key, "master") << "what is to show the occurrence is written first";
  EXPECT_EQ(actions[2].after_key, "master");
}

TEST(Resolve, a_master_without_a_rule_does_not_hide_its_occurrences) {
  Event ruleless = master();
  ruleless.recurrence.reset();
  const auto actions = decide({row(ruleless), row(occurrence("o1", 2026y / 10 / 12))});
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[0].object_key, "o1");
  EXPECT_EQ(actions[1].kind, ActionKind::skip);
  EXPECT_EQ(decide({row(ruleless)})[0].kind, ActionKind::create);
}

TEST(Resolve, a_deleted_master_takes_its_occurrences_along) {
  const auto known = known_as(1, decide({row(master())})[0]);
  const auto actions = decide({row(master(), true), row(occurrence("o", 2026y / 10 / 12))}, {known});
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].kind, ActionKind::delete_);
  EXPECT_EQ(actions[1].kind, ActionKind::skip);
}

TEST(Resolve, an_occurrence_spoken_of_after_the_master_s_deletion_lives_on) {
  Event later = occurrence("o", 2026y / 10 / 12);
  later.last_modified = now + 1h;
  const auto actions = decide({row(master(), true), row(later)});
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[0].object_key, "o");
}

TEST(Resolve, the_tombstone_of_a_master_never_seen_is_no_proof_against_its_occurrences) {
  Event id_alone;
  id_alone.source_event_id = "master";
  const auto actions = decide({row(id_alone, true), row(occurrence("o", 2026y / 10 / 12))});
  EXPECT_EQ(actions[0].kind, ActionKind::create);
  EXPECT_EQ(actions[0].object_key, "o");
}

TEST(Resolve, a_cancelled_series_goes_as_a_whole) {
  Event cancelled = master();
  cancelled.cancelled = true;
  const auto known = known_as(1, decide({row(master())})[0]);
  const auto actions = decide({row(cancelled), row(occurrence("o", 2026y / 10 / 12))}, {known});
  EXPECT_EQ(actions[0].kind, ActionKind::delete_);
  EXPECT_EQ(actions[0].reason, "cancelled at the source");
  EXPECT_EQ(actions[1].kind, ActionKind::skip);
}

TEST(Resolve, an_object_without_an_event_is_deleted) {
  const auto known = known_as(7, decide({row(single())})[0]);
  const auto actions = decide({}, {known});
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, ActionKind::delete_);
}

TEST(Resolve, a_second_run_writes_nothing) {
  Event moved = occurrence("o2", 2026y / 10 / 19, 15h);
  Event lost = occurrence("o3", 2026y / 10 / 26, 15h);
  lost.recurrence_id.reset();
  const std::vector<SourceEvent> group = {row(moved), row(master()), row(occurrence("o1", 2026y / 10 / 12), true),
                                          row(lost)};
  std::vector<KnownObject> known;
  for (const auto& action : decide(group)) {
    if (action.kind == ActionKind::create) known.push_back(known_as(static_cast<std::int64_t>(known.size()), action));
  }
  ASSERT_EQ(known.size(), 2U);
  for (const auto& action : decide(group, known)) EXPECT_EQ(action.kind, ActionKind::skip) << action.reason;
}

}  // namespace
}  // namespace calmux
