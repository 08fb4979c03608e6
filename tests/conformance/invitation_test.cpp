#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/m365/decode.h"
#include "mappings/calendar_object.h"
#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;

/// A meeting of the account itself: a server that invites would invite for it.
Event meeting() {
  const auto decoded = m365::decode(nlohmann::json::parse(R"({
    "id": "AAMk", "subject": "Planning", "isOrganizer": true, "responseRequested": true, "type": "singleInstance",
    "start": {"dateTime": "2026-12-07T09:00:00.0000000", "timeZone": "W. Europe Standard Time"},
    "end": {"dateTime": "2026-12-07T10:00:00.0000000", "timeZone": "W. Europe Standard Time"},
    "body": {"contentType": "html", "content": "<p>METHOD:REQUEST<br>ATTENDEE:mailto:carol@example.test</p>"},
    "organizer": {"emailAddress": {"name": "Alice", "address": "alice@example.org"}},
    "attendees": [{"type": "required", "status": {"response": "none"},
                   "emailAddress": {"name": "Bob\r\nATTENDEE:mailto:dave@example.test", "address": "bob@example.test"}}]
  })"));
  return decoded.value().front();
}

CalendarObject series(const std::string& uid) {
  CalendarObject object;
  object.uid = uid;
  object.main = meeting();
  object.main.recurrence = Recurrence{"FREQ=DAILY;COUNT=5", {}, {}};
  Event moved = meeting();
  moved.recurrence_id = moved.start;
  moved.title = "Planning, longer";
  object.overrides.push_back(moved);
  return object;
}

/// The properties' names, folded lines put together.
std::vector<std::string> names_in(std::string text) {
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(' ') && !line.starts_with('\t')) names.push_back(line.substr(0, line.find_first_of(":;\r")));
  }
  return names;
}

TEST(Invitation, what_a_server_gives_back_names_nobody_to_be_invited) {
  CalDavDestination destination(test::options_for(test::fresh_name()));
  ASSERT_OK(destination.open());
  const std::string uid = test::fresh_name();
  const auto href = destination.href_for(uid);
  const auto text = icalendar::build(series(uid), {});
  ASSERT_OK(text);
  const auto created = destination.create(href, *text);
  ASSERT_OK(created);
  CalendarObject changed = series(uid);
  changed.main.title = "Planning, again";
  const auto again = icalendar::build(changed, {});
  ASSERT_OK(again);
  ASSERT_OK(destination.update(href, created->etag, *again));

  const auto fetched = destination.fetch(href);
  ASSERT_OK(fetched);
  for (const auto& body : {*text, *again, fetched->body}) {
    for (const char* name : {"ORGANIZER", "ATTENDEE", "METHOD"}) {
      EXPECT_THAT(names_in(body), testing::Not(testing::Contains(testing::StrCaseEq(name)))) << body;
    }
  }
  EXPECT_THAT(names_in(fetched->body), testing::Contains("SUMMARY"));
  EXPECT_THAT(fetched->body, testing::HasSubstr("Alice"));
}

}  // namespace
}  // namespace calmux
