#include "mappings/series.h"

#include <algorithm>

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
         event.location == master.location && event.show_as == master.show_as && event.text == master.text;
}

void exclude(std::vector<DateValue>& exdates, DateValue recurrence_id) {
  const auto same = [&](const DateValue& known) { return known.local == recurrence_id.local; };
  if (std::none_of(exdates.begin(), exdates.end(), same)) exdates.push_back(std::move(recurrence_id));
}

/// The master excludes the date, and what it says is no older than the exception: the exception has gone meanwhile.
bool excluded_since(const SourceEvent& master, const SourceEvent& member, const DateValue& recurrence_id) {
  if (!master.event.recurrence) return false;
  const auto& exdates = master.event.recurrence->exdates;
  const bool listed = std::any_of(exdates.begin(), exdates.end(),
                                  [&](const DateValue& date) { return date.local == recurrence_id.local; });
  return listed && member.version.modified <= master.version.modified;
}

}  // namespace

Series assemble_series(const SourceEvent& master, std::span<const SourceEvent* const> members,
                       const ToInstant& to_instant) {
  Series series;
  series.object.main = master.event;
  Event& main = series.object.main;
  main.recurrence_id.reset();
  if (!main.recurrence) main.recurrence = Recurrence{};  // callers see to it that there is a rule
  series.source_event_ids.push_back(main.source_event_id);

  const MasterTime time(master.event, to_instant);
  auto& exdates = main.recurrence->exdates;
  for (const SourceEvent* member : members) {
    const Event& event = member->event;
    const bool gone = member->deleted || event.cancelled;
    if (!event.recurrence_id) {
      if (!gone) series.apart.push_back(member);
      continue;
    }
    series.source_event_ids.push_back(event.source_event_id);
    const DateValue recurrence_id = time.recurrence_id(*event.recurrence_id);
    if (gone) {
      exclude(exdates, recurrence_id);
      continue;
    }
    if (excluded_since(master, *member, recurrence_id)) continue;
    Event override_ = filled_from(main, event);
    if (repeats(main, override_, recurrence_id)) continue;
    override_.type = EventType::exception;
    override_.recurrence_id = recurrence_id;
    override_.recurrence.reset();
    series.object.overrides.push_back(std::move(override_));
  }

  auto& overrides = series.object.overrides;
  std::stable_sort(overrides.begin(), overrides.end(), [](const Event& left, const Event& right) {
    return left.recurrence_id->local < right.recurrence_id->local;
  });
  // An override and an EXDATE for one date contradict each other, and clients choose differently.
  std::erase_if(exdates, [&](const DateValue& date) {
    return std::any_of(overrides.begin(), overrides.end(),
                       [&](const Event& o) { return o.recurrence_id->local == date.local; });
  });
  std::sort(exdates.begin(), exdates.end(), [](const DateValue& l, const DateValue& r) { return l.local < r.local; });
  return series;
}

}  // namespace calmux
