#include "mappings/series.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace calmux {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Times as the master counts them.
class MasterTime {
 public:
  MasterTime(const Event& master, const ToInstant& to_instant) : start_(master.start), to_instant_(to_instant) {}

  /// The recurrence id that `original` names, in the form of the master's start.
  DateValue recurrence_id(const DateValue& original) const {
    const local_seconds day = floor<days>(original.local);
    if (start_.is_date()) return DateValue::date(std::chrono::year_month_day{floor<days>(local_of(original))});
    if (original.is_date()) return at(day + (start_.local - floor<days>(start_.local)));
    return at(local_of(original));
  }

 private:
  DateValue at(local_seconds local) const {
    if (start_.kind == DateValue::Kind::utc) return DateValue::utc(sys_seconds{local.time_since_epoch()});
    return DateValue::zoned(local, start_.tzid, instant(local));
  }

  sys_seconds instant(local_seconds local) const {
    if (to_instant_) return to_instant_(local, start_.tzid);
    return sys_seconds{local.time_since_epoch() -
                       (start_.local.time_since_epoch() - start_.instant.time_since_epoch())};
  }

  local_seconds local_of(const DateValue& value) const {
    if (value.is_date() || value.kind == start_.kind) {
      if (value.tzid == start_.tzid) return value.local;
    }
    if (start_.kind != DateValue::Kind::zoned) return local_seconds{value.instant.time_since_epoch()};
    // From the master's own offset towards the one that holds then: the second round settles a change of DST.
    local_seconds local = start_.local + (value.instant - start_.instant);
    for (int round = 0; round < 2; ++round) local += value.instant - instant(local);
    return local;
  }

  const DateValue& start_;
  const ToInstant& to_instant_;
};

template <class T>
void fill(T& value, const T& from) {
  if (value == T{}) value = from;
}

/// A sparse statement of an occurrence says when it is and little else; the rest is what the master says.
Event filled_from(const Event& master, Event event) {
  const bool bare = event.title.empty() && event.text.empty() && event.location.empty();
  if (bare) {
    event.show_as = master.show_as;
    event.sensitivity = master.sensitivity;
    event.importance = master.importance;
    event.response = master.response;
    event.reminder = master.reminder;
  }
  fill(event.title, master.title);
  if (event.text.empty()) {
    event.text = master.text;
    fill(event.html, master.html);
  }
  fill(event.location, master.location);
  fill(event.categories, master.categories);
  fill(event.join_link, master.join_link);
  fill(event.web_link, master.web_link);
  fill(event.organizer, master.organizer);
  fill(event.people, master.people);
  return event;
}

/// Whether the master alone would show the same at this recurrence id. Only what every shape of payload can say is
/// compared, else each occurrence that a flat connector item reports would become an override of a master from Graph.
bool repeats(const Event& master, const Event& event, const DateValue& recurrence_id) {
  if (event.type != EventType::occurrence) return false;
  const auto duration = master.end.instant - master.start.instant;
  const bool same_wall_length = master.end.local - master.start.local == event.end.local - event.start.local;
  return event.start.is_date() == master.start.is_date() && event.start.instant == recurrence_id.instant &&
         (same_wall_length || event.end.instant - event.start.instant == duration) && event.title == master.title &&
         event.location == master.location && event.show_as == master.show_as && event.text == master.text &&
         event.cancelled == master.cancelled;
}

bool lists(const std::vector<DateValue>& dates, const DateValue& date) {
  return std::ranges::any_of(dates, [&](const DateValue& one) { return one.local == date.local; });
}

/// The master excludes the date, and what it says is no older than the exception: the exception has gone meanwhile.
bool excluded_since(const SourceEvent& master, const SourceEvent& member, const DateValue& recurrence_id) {
  return master.event.recurrence && lists(master.event.recurrence->exdates, recurrence_id) &&
         member.version.modified <= master.version.modified;
}

/// What is known of one date of the series.
struct Told {
  const SourceEvent* event = nullptr;
  bool stray = false;
};

/// By recurrence id.
using Dates = std::map<local_seconds, std::pair<DateValue, Told>>;

/// Whether it is known which date of the series it stands for. The connector's items often name no original start; one
/// that starts when the series does is taken for that occurrence.
bool starts_on_a_date(const SourceEvent& member, const Event& master, const MasterTime& time, const Recurs& recurs) {
  const Event& event = member.event;
  if (event.recurrence_id) return true;
  if (!recurs || event.type != EventType::occurrence || event.start.is_date() != master.start.is_date()) return false;
  return recurs(master, std::array{time.recurrence_id(event.start)}).front();
}

void drop_outdated(Series& series, const SourceEvent& master, Dates& dates, const Recurs& recurs) {
  if (!recurs) return;
  std::vector<DateValue> asked;
  for (const auto& [local, known] : dates) {
    if (!known.second.event->deleted && told_before(*known.second.event, master)) asked.push_back(known.first);
  }
  if (asked.empty()) return;
  const auto there = recurs(series.object.main, asked);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (there[i]) continue;
    const auto found = dates.find(asked[i].local);
    const auto* event = found->second.second.event;
    series.outdated.push_back(event);
    std::erase(series.source_event_ids, event->event.source_event_id);
    dates.erase(found);
  }
}

bool counts_before(const Told& left, const Told& right) {
  if (left.stray != right.stray) return right.stray;
  const auto& one = left.event->version;
  const auto& other = right.event->version;
  return std::tie(one.modified, one.arrival) > std::tie(other.modified, other.arrival);
}

}  // namespace

bool told_before(const SourceEvent& event, const SourceEvent& master) {
  return event.version.modified <= master.version.modified && event.version.arrival < master.version.arrival;
}

Series assemble_series(const SourceEvent& master, std::span<const SourceEvent* const> members,
                       std::span<const SourceEvent* const> strays, const WantRules& rules) {
  Series series;
  series.object.main = master.event;
  Event& main = series.object.main;
  main.recurrence_id.reset();
  main.cancelled = is_cancelled(master.event, rules.cancelled);
  if (!main.recurrence) main.recurrence = Recurrence{};  // callers see to it that there is a rule
  series.source_event_ids.push_back(main.source_event_id);

  const MasterTime time(master.event, rules.to_instant);
  Dates dates;
  const auto tell = [&](const SourceEvent* event, bool stray) {
    series.source_event_ids.push_back(event->event.source_event_id);
    auto recurrence_id = time.recurrence_id(event->event.recurrence_id.value_or(event->event.start));
    const Told told{event, stray};
    const auto [known, fresh] = dates.try_emplace(recurrence_id.local, std::move(recurrence_id), told);
    if (!fresh && counts_before(told, known->second.second)) known->second.second = told;
  };
  for (const auto* member : members) {
    if (starts_on_a_date(*member, master.event, time, rules.recurs)) {
      tell(member, false);
    } else if (!is_gone(*member, rules.cancelled)) {
      series.apart.push_back(member);
    }
  }
  for (const auto* stray : strays) tell(stray, true);

  drop_outdated(series, master, dates, rules.recurs);

  auto& exdates = main.recurrence->exdates;
  auto& overrides = series.object.overrides;
  for (const auto& [local, known] : dates) {
    const auto& [recurrence_id, told] = known;
    const auto& event = told.event->event;
    if (is_gone(*told.event, rules.cancelled)) {
      if (!lists(exdates, recurrence_id)) exdates.push_back(recurrence_id);
      continue;
    }
    if (excluded_since(master, *told.event, recurrence_id)) continue;
    if (told.stray && lists(exdates, recurrence_id)) continue;
    Event override_ = filled_from(main, event);
    // Who cancels a series cancels what was changed of it before.
    override_.cancelled = is_cancelled(event, rules.cancelled) ||
                          (main.cancelled && told.event->version.modified <= master.version.modified);
    if (repeats(main, override_, recurrence_id)) continue;
    override_.type = EventType::exception;
    override_.recurrence_id = recurrence_id;
    override_.recurrence.reset();
    overrides.push_back(std::move(override_));
  }
  // An override and an EXDATE for one date contradict each other, and clients choose differently.
  std::erase_if(exdates, [&](const DateValue& date) {
    return std::ranges::any_of(overrides, [&](const Event& o) { return o.recurrence_id->local == date.local; });
  });
  std::ranges::sort(exdates, {}, &DateValue::local);
  return series;
}

}  // namespace calmux
