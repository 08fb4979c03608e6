#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "middleware/fold_plan.h"

namespace calmux::testing {

using namespace std::chrono_literals;

inline const std::chrono::sys_seconds noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 12h;

/// A version that the source states, `minutes` after noon.
inline SourceTime at(int minutes) {
  return noon + std::chrono::minutes{minutes};
}

inline Event single(const std::string& id, const std::string& title, SourceTime modified) {
  Event event;
  event.source_event_id = id;
  event.title = title;
  event.start = DateValue::utc(noon + std::chrono::days{1});
  event.end = DateValue::utc(noon + std::chrono::days{1} + 1h);
  event.last_modified = modified;
  return event;
}

inline Event master(const std::string& id, const std::string& title, SourceTime modified) {
  auto event = single(id, title, modified);
  event.type = EventType::master;
  event.recurrence = Recurrence{"FREQ=DAILY;COUNT=5", {}, {}};
  return event;
}

/// The occurrence of `series` on its `day`th day, an hour later than the rule says.
inline Event moved_occurrence(const std::string& id, const std::string& series, int day, SourceTime modified) {
  auto event = single(id, "Moved", modified);
  event.type = EventType::exception;
  event.series_id = series;
  event.recurrence_id = DateValue::utc(noon + std::chrono::days{day});
  event.start = DateValue::utc(noon + std::chrono::days{day} + 1h);
  event.end = DateValue::utc(noon + std::chrono::days{day} + 2h);
  return event;
}

/// Deliveries with ids in the order in which they are made; the request of delivery 7 is "r-7".
inline DecodedDelivery delivery(std::int64_t id, Operation operation, const std::string& source_event_id,
                                std::vector<Event> events) {
  DecodedDelivery decoded;
  decoded.delivery.id = id;
  decoded.delivery.source_id = "work";
  decoded.delivery.source_event_id = source_event_id;
  decoded.delivery.operation = operation;
  decoded.delivery.request_id = "r-" + std::to_string(id);
  decoded.delivery.received = noon + std::chrono::hours{2} + std::chrono::seconds{id};
  decoded.delivery.attempt = 1;
  decoded.events = std::move(events);
  return decoded;
}

inline DecodedDelivery posted(std::int64_t id, Operation operation, Event event) {
  auto name = event.source_event_id;
  return delivery(id, operation, name, {std::move(event)});
}

/// As decoding gives it: the event's id, and the version where the source states one.
inline DecodedDelivery deleted(std::int64_t id, const std::string& source_event_id,
                               std::optional<SourceTime> modified = {}) {
  Event event;
  event.source_event_id = source_event_id;
  event.last_modified = modified;
  return delivery(id, Operation::delete_, source_event_id, {event});
}

/// A whole calendar object, as a CalDAV client posts it: the first event names it.
inline DecodedDelivery posted_object(std::int64_t id, std::vector<Event> events) {
  auto name = events.front().source_event_id;
  auto decoded = delivery(id, Operation::update, name, std::move(events));
  decoded.delivery.media = postgres::Media::icalendar;
  return decoded;
}

inline PlanRules rules() {
  return {{}, "default", std::nullopt};
}

/// What EventStore does with plans, without a database: loads the groups that a batch speaks of, and keeps what was
/// planned.
class MemoryEvents {
 public:
  struct Row {
    std::string group_key;
    SourceEvent event;
  };
  struct Object {
    std::string group_key;
    KnownObject known;
  };

  std::vector<postgres::Group> load(const std::vector<DecodedDelivery>& batch) const {
    std::set<std::string> keys;
    for (const auto& ref : refs_of(batch)) {
      keys.insert(ref.group_keys.begin(), ref.group_keys.end());
      for (const auto& [id, row] : events) {
        const auto& series = row.event.event.series_id;
        if (id == ref.source_event_id || id == ref.series_id ||
            (!series.empty() && (series == ref.source_event_id || series == ref.series_id))) {
          keys.insert(row.group_key);
        }
      }
    }
    std::vector<postgres::Group> groups;
    for (const auto& key : keys) {
      auto& group = groups.emplace_back(postgres::Group{"work", key, {}, {}});
      for (const auto& [id, row] : events) {
        if (row.group_key == key) group.events.push_back(row.event);
      }
      for (const auto& [object_key, object] : objects) {
        if (object.group_key == key) group.objects.push_back(object.known);
      }
    }
    return groups;
  }

  postgres::Plan fold(const std::vector<DecodedDelivery>& batch, const PlanRules& with = rules()) {
    auto planned = plan(batch, load(batch), with, noon);
    for (const auto& stored : planned.events)
      events[stored.event.event.source_event_id] = {stored.group_key, stored.event};
    std::set<std::string> changed;
    for (const auto& one : planned.actions) {
      if (!changed.insert(one.action.object_key).second)
        throw std::logic_error("two actions for one object: " + one.action.object_key);
      keep(one);
    }
    return planned;
  }

  /// The titles that the calendar shows: of each object, by its key.
  std::map<std::string, std::string> shown() const {
    std::map<std::string, std::string> titles;
    for (const auto& [key, object] : objects) {
      if (object.known.desired) titles[key] = object.known.desired->main.title;
    }
    return titles;
  }

  std::map<std::string, Row> events;      ///< by source event id
  std::map<std::string, Object> objects;  ///< by object key

 private:
  void keep(const postgres::PlannedAction& one) {
    const auto& action = one.action;
    rename(action);
    auto found = objects.find(action.object_key);
    if (action.kind == ActionKind::create) {
      if (found == objects.end()) {
        found = objects.emplace(action.object_key, Object{{}, {next_id_++, action.object_key, one.uid, {}}}).first;
      }
    } else if (found == objects.end() || found->second.known.id != action.object_id) {
      throw std::logic_error("a change of an object that is not there: " + action.object_key);
    }
    found->second.group_key = one.group_key;
    found->second.known.desired = action.content;
  }

  void rename(const Action& action) {
    if (!action.object_id) return;
    const auto found =
        std::ranges::find_if(objects, [&](const auto& one) { return one.second.known.id == *action.object_id; });
    if (found == objects.end() || found->first == action.object_key) return;
    auto object = std::move(found->second);
    object.known.object_key = action.object_key;
    objects.erase(found);
    if (!objects.emplace(action.object_key, std::move(object)).second)
      throw std::logic_error("two objects for one event: " + action.object_key);
  }

  std::int64_t next_id_ = 1;
};

}  // namespace calmux::testing
