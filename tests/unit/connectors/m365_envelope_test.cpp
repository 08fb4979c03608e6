#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "connectors/m365/decode.h"

namespace calmux::m365 {
namespace {

using nlohmann::json;

struct OperationCase {
  const char* item;
  std::optional<Operation> operation;
};

TEST(M365Envelope, reads_the_operation_in_all_its_forms) {
  const OperationCase table[] = {
      {R"({"id": "a", "ActionType": "added"})", Operation::create},
      {R"({"Id": "a", "ActionType": "Updated"})", Operation::update},
      {R"({"ID": "a", "actiontype": "DELETED"})", Operation::delete_},
      {R"({"eventId": "a", "changeType": "created"})", Operation::create},
      {R"({"event_id": "a", "isAdded": true, "isUpdated": false})", Operation::create},
      {R"({"id": "a", "IsAdded": "False", "IsUpdated": "True"})", Operation::update},
      {R"({"id": "a", "@removed": {"reason": "deleted"}})", Operation::delete_},
      {R"({"id": "a", "ActionType": "", "actionType": "null"})", std::nullopt},
      {R"({"id": "a"})", std::nullopt},
  };
  for (const auto& row : table) {
    const auto read = envelope(json::parse(row.item));
    ASSERT_TRUE(read) << row.item << ": " << read.error().message;
    EXPECT_EQ(read->source_event_id, "a");
    EXPECT_EQ(read->operation, row.operation) << row.item;
  }
}

TEST(M365Envelope, reads_the_version_and_ignores_what_is_no_time) {
  using namespace std::chrono_literals;
  const auto read =
      envelope(json::parse(R"({"id": "a", "lastModifiedDateTime": "2024-10-04T22:35:49.5606888+00:00"})"));
  EXPECT_EQ(read->last_modified, std::chrono::sys_days{2024y / 10 / 4} + 22h + 35min + 49s + 560688us);
  for (const char* blank : {R"("")", "null", R"("null")", R"("0001-01-01T00:00:00Z")", R"("yesterday")"}) {
    const auto unversioned =
        envelope(json::parse(std::string(R"({"id": "a", "lastModifiedDateTime": )") + blank + "}"));
    ASSERT_TRUE(unversioned) << blank;
    EXPECT_FALSE(unversioned->last_modified) << blank;
  }
}

TEST(M365Envelope, keeps_the_letter_case_of_ids) {
  EXPECT_EQ(envelope(json{{"id", "AAMkAb=="}})->source_event_id, "AAMkAb==");
  EXPECT_EQ(envelope(json{{"id", std::string(1024, 'x')}})->source_event_id.size(), 1024U);
}

struct Refusal {
  json item;
  const char* where;
};

TEST(M365Envelope, refuses_unusable_items_and_says_where) {
  const Refusal table[] = {
      {json::array(), "a list"},
      {json(7), "the number 7"},
      {json::object(), "id: found nothing"},
      {json{{"id", nullptr}}, "id"},
      {json{{"id", " "}}, "id"},
      {json{{"Id", 5}}, "Id: found the number 5, expected a text"},
      {json{{"id", json::object()}}, "id: found an object"},
      {json{{"id", std::string("a\0b", 3)}}, "control characters"},
      {json{{"id", "a\nb"}}, "control characters"},
      {json{{"id", std::string(1025, 'x')}}, "1025 bytes"},
      {json{{"id", "a"}, {"ActionType", "moved"}}, "ActionType"},
      {json{{"id", "a"}, {"ActionType", 1}}, "ActionType"},
      {json{{"id", "a"}, {"isAdded", "maybe"}}, "isAdded"},
      {json{{"id", "a"}, {"lastModifiedDateTime", 5}}, "lastModifiedDateTime"},
  };
  for (const auto& row : table) {
    const auto read = envelope(row.item);
    ASSERT_FALSE(read) << row.item;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed);
    EXPECT_NE(read.error().message.find(row.where), std::string::npos) << read.error().message;
  }
}

TEST(M365Items, takes_one_event_a_list_and_a_wrapped_list) {
  EXPECT_EQ(items(json::parse(R"({"id": "a"})"))->size(), 1U);
  EXPECT_EQ(items(json::parse(R"([{"id": "a"}, {"id": "b"}])"))->size(), 2U);
  EXPECT_EQ(items(json::parse(R"({"value": [{"id": "a"}, {"id": "b"}], "@odata.nextLink": "x"})"))->size(), 2U);
  EXPECT_EQ(items(json::parse(R"({"Value": []})"))->size(), 0U);
}

TEST(M365Items, name_the_position_of_what_is_wrong) {
  EXPECT_NE(items(json::parse(R"({"value": [{"id": "a"}, {"subject": "x"}]})")).error().message.find("value[1].id"),
            std::string::npos);
  EXPECT_NE(items(json::parse(R"([{"id": "a"}, 5])")).error().message.find("[1]: found the number 5"),
            std::string::npos);
  EXPECT_NE(items(json::parse(R"([{"id": "a", "value": [{"id": "b"}]}])")).error().message.find("[0]: found a list"),
            std::string::npos);
  EXPECT_EQ(items(json("text")).error().kind, ErrorKind::malformed);
  EXPECT_EQ(items(json(nullptr)).error().kind, ErrorKind::malformed);
}

TEST(M365Items, bounds_their_number_and_depth) {
  json many = json::array();
  for (int i = 0; i < 1000; ++i) many.push_back({{"id", "a"}});
  EXPECT_TRUE(items(many));
  many.push_back({{"id", "a"}});
  EXPECT_EQ(items(many).error().kind, ErrorKind::too_large);
  json deep = {{"id", "a"}};
  for (int i = 0; i < 100; ++i) deep = {{"id", "a"}, {"inner", deep}};
  EXPECT_EQ(items(deep).error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace calmux::m365
