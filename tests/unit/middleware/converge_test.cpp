#include "middleware/converge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/icalendar/calendar_object_text.h"
#include "tests/unit/middleware/memory_destination.h"

namespace calmux {
namespace {

using postgres::WriteResult;
using testing::claimed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDestination;

const std::string href = "/cal/calmux-1.ics";

/// The object after `outcome` was recorded, with a new desired state.
postgres::ClaimedObject after(postgres::ClaimedObject object, const postgres::WriteOutcome& outcome) {
  object.href = outcome.href;
  object.etag = outcome.etag;
  object.written_normalised = outcome.normalised;
  object.desired_version++;
  return object;
}

void retitle(postgres::ClaimedObject& object, const std::string& title) {
  object.desired->main.title = title;
}

/// An object that was written as "old" and shall be "new".
struct Written {
  MemoryDestination destination;
  postgres::ClaimedObject object = claimed("old");

  Written() {
    object = after(object, converge(object, destination).outcome);
    retitle(object, "new");
    destination.requests.clear();
  }
};

TEST(Converge, a_new_object_is_created_where_nothing_is) {
  MemoryDestination destination;
  const auto object = claimed("Standup");
  const auto converged = converge(object, destination);
  EXPECT_FALSE(converged.failure);
  EXPECT_EQ(converged.outcome.result, WriteResult::created);
  EXPECT_EQ(converged.outcome.id, 7);
  EXPECT_EQ(converged.outcome.version, 3);
  EXPECT_EQ(converged.outcome.request_id, "r-1");
  EXPECT_EQ(converged.outcome.href, href);
  EXPECT_EQ(converged.outcome.etag, destination.resources.at(href).etag);
  EXPECT_EQ(converged.outcome.normalised.size(), 64u);
  EXPECT_THAT(destination.requests, ElementsAre("create " + href));
  EXPECT_THAT(destination.resources.at(href).body, HasSubstr("SUMMARY:Standup"));
}

TEST(Converge, a_change_is_written_over_what_was_written) {
  Written written;
  const auto converged = converge(written.object, written.destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::updated);
  EXPECT_EQ(converged.outcome.etag, written.destination.resources.at(href).etag);
  EXPECT_THAT(written.destination.requests, ElementsAre("update " + href));
  EXPECT_THAT(written.destination.resources.at(href).body, HasSubstr("SUMMARY:new"));
}

TEST(Converge, what_is_written_already_costs_no_request) {
  Written written;
  retitle(written.object, "old");
  written.object.desired_since += std::chrono::hours{5};  // another DTSTAMP alone is no change
  const auto converged = converge(written.object, written.destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::unchanged);
  EXPECT_EQ(converged.outcome.etag, written.object.etag);
  EXPECT_EQ(converged.outcome.normalised, written.object.written_normalised);
  EXPECT_THAT(written.destination.requests, IsEmpty());
}

TEST(Converge, our_own_content_found_at_a_create_is_adopted_without_a_second_write) {
  MemoryDestination destination;
  destination.fail_next("create", ErrorKind::timed_out, true);
  const auto object = claimed("Standup");
  const auto first = converge(object, destination);
  EXPECT_EQ(first.outcome.result, WriteResult::retry);
  EXPECT_EQ(first.failure, ErrorKind::timed_out);
  const auto etag = destination.resources.at(href).etag;

  destination.requests.clear();
  auto again = object;
  again.desired_since += std::chrono::hours{1};
  const auto second = converge(again, destination);
  EXPECT_EQ(second.outcome.result, WriteResult::created);
  EXPECT_EQ(second.outcome.etag, etag);
  EXPECT_THAT(destination.requests, ElementsAre("create " + href, "fetch " + href));
  EXPECT_EQ(destination.resources.at(href).etag, etag) << "nothing was written";
}

TEST(Converge, our_own_content_found_at_an_update_is_adopted_without_a_second_write) {
  Written written;
  written.destination.fail_next("update", ErrorKind::timed_out, true);
  EXPECT_EQ(converge(written.object, written.destination).outcome.result, WriteResult::retry);
  const auto etag = written.destination.resources.at(href).etag;
  written.destination.requests.clear();
  const auto second = converge(written.object, written.destination);
  EXPECT_EQ(second.outcome.result, WriteResult::updated);
  EXPECT_EQ(second.outcome.etag, etag);
  EXPECT_THAT(written.destination.requests, ElementsAre("update " + href, "fetch " + href));
}

TEST(Converge, other_content_found_at_a_create_is_overwritten_in_place) {
  MemoryDestination destination;
  destination.put(href, icalendar::build(*claimed("somebody else's").desired, std::chrono::sys_seconds{}).value());
  const auto converged = converge(claimed("ours"), destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::updated);
  EXPECT_THAT(destination.requests, ElementsAre("create " + href, "fetch " + href, "update " + href));
  EXPECT_THAT(destination.resources.at(href).body, HasSubstr("SUMMARY:ours"));
}

TEST(Converge, what_cannot_be_read_at_the_href_is_overwritten_in_place) {
  MemoryDestination destination;
  destination.put(href, "no calendar object");
  EXPECT_EQ(converge(claimed("ours"), destination).outcome.result, WriteResult::updated);
  EXPECT_EQ(destination.count("remove"), 0u);
  EXPECT_THAT(destination.resources.at(href).body, HasSubstr("SUMMARY:ours"));
}

TEST(Converge, an_edit_in_the_destination_gives_way_in_place) {
  Written written;
  written.destination.put(href,
                          icalendar::build(*claimed("edited on a phone").desired, std::chrono::sys_seconds{}).value());
  const auto converged = converge(written.object, written.destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::updated);
  EXPECT_THAT(written.destination.requests, ElementsAre("update " + href, "fetch " + href, "update " + href));
  EXPECT_THAT(written.destination.resources.at(href).body, HasSubstr("SUMMARY:new"));
}

TEST(Converge, what_was_removed_in_the_destination_is_created_again) {
  Written written;
  written.destination.resources.clear();
  const auto converged = converge(written.object, written.destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::created);
  EXPECT_THAT(written.destination.requests, ElementsAre("update " + href, "fetch " + href, "create " + href));
}

TEST(Converge, a_vanished_calendar_is_opened_anew_and_the_object_created) {
  for (const bool was_written : {false, true}) {
    Written written;
    if (!was_written) written.object = claimed("new");
    written.destination.resources.clear();
    written.destination.collection_exists = false;
    const auto converged = converge(written.object, written.destination);
    EXPECT_EQ(converged.outcome.result, WriteResult::created) << was_written;
    EXPECT_THAT(written.destination.requests,
                ElementsAre(was_written ? "update " + href : "create " + href, "open /cal/", "create " + href));
    EXPECT_TRUE(written.destination.resources.contains(href));
  }
}

TEST(Converge, a_calendar_that_moved_gets_the_object_at_its_new_place) {
  for (const bool was_written : {false, true}) {
    Written written;
    if (!was_written) written.object = claimed("new");
    written.destination.resources.clear();
    written.destination.collection_exists = false;
    written.destination.collection_when_reopened = "/moved/";
    const auto converged = converge(written.object, written.destination);
    EXPECT_EQ(converged.outcome.result, WriteResult::created) << was_written;
    EXPECT_EQ(converged.outcome.href, "/moved/calmux-1.ics") << was_written;
    EXPECT_TRUE(written.destination.resources.contains("/moved/calmux-1.ics"));
  }
}

TEST(Converge, an_object_is_deleted_with_the_etag_that_was_written) {
  Written written;
  written.object.desired.reset();
  const auto converged = converge(written.object, written.destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::deleted);
  EXPECT_EQ(converged.outcome.etag, "");
  EXPECT_THAT(written.destination.requests, ElementsAre("remove " + href));
  EXPECT_THAT(written.destination.resources, IsEmpty());
}

TEST(Converge, a_deletion_without_a_known_etag_looks_first) {
  Written written;
  written.object.desired.reset();
  written.object.etag.clear();
  EXPECT_EQ(converge(written.object, written.destination).outcome.result, WriteResult::deleted);
  EXPECT_THAT(written.destination.requests, ElementsAre("fetch " + href, "remove " + href));
  EXPECT_THAT(written.destination.resources, IsEmpty());
}

TEST(Converge, a_deletion_with_a_stale_etag_looks_and_deletes) {
  Written written;
  written.object.desired.reset();
  written.destination.put(href, "edited");
  EXPECT_EQ(converge(written.object, written.destination).outcome.result, WriteResult::deleted);
  EXPECT_THAT(written.destination.requests, ElementsAre("remove " + href, "fetch " + href, "remove " + href));
  EXPECT_THAT(written.destination.resources, IsEmpty());
}

TEST(Converge, deleting_what_is_not_there_is_done) {
  for (const bool etag_known : {false, true}) {
    Written written;
    written.object.desired.reset();
    written.destination.resources.clear();
    if (!etag_known) written.object.etag.clear();
    EXPECT_EQ(converge(written.object, written.destination).outcome.result, WriteResult::deleted) << etag_known;
    EXPECT_EQ(written.destination.requests.size(), 1u);
  }
  MemoryDestination destination;
  auto never_written = claimed("x");
  never_written.desired.reset();
  EXPECT_EQ(converge(never_written, destination).outcome.result, WriteResult::deleted);
}

}  // namespace
}  // namespace calmux
