#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/middleware/webhook_request.h"

namespace calmux {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::post;
using testing::read;

/// The operation of a single accepted item.
std::optional<Operation> operation(const std::string& body, std::optional<Operation> by_path = std::nullopt) {
  const auto webhook = read(post(body), by_path);
  if (!webhook || webhook->deliveries.size() != 1) return std::nullopt;
  return webhook->deliveries.front().operation;
}

TEST(Webhook, a_posted_event_becomes_a_delivery_as_it_was_sent) {
  const std::string body = "{ \"subject\": \"Stand\\u00fcp\",\n  \"ID\": \"AAMk/+=\" }";
  const auto webhook = read(post(body), Operation::create);
  ASSERT_TRUE(webhook) << webhook.error().message;
  ASSERT_EQ(webhook->deliveries.size(), 1u);
  const auto& delivery = webhook->deliveries.front();
  EXPECT_EQ(delivery.source_id, "work");
  EXPECT_EQ(delivery.source_event_id, "AAMk/+=");
  EXPECT_EQ(delivery.operation, Operation::create);
  EXPECT_EQ(delivery.request_id, "r-1");
  EXPECT_EQ(delivery.item, 0);
  EXPECT_EQ(delivery.media, postgres::Media::json);
  EXPECT_EQ(delivery.body, body);
  EXPECT_EQ(webhook->wait.count(), 0);
}

TEST(Webhook, the_path_says_what_happened) {
  const std::string body = R"({"id": "a", "subject": "s"})";
  EXPECT_EQ(operation(body, Operation::create), Operation::create);
  EXPECT_EQ(operation(body, Operation::update), Operation::update);
  EXPECT_EQ(operation(body, Operation::delete_), Operation::delete_);
  EXPECT_EQ(operation(body), Operation::update) << "where nobody says";
}

TEST(Webhook, one_flow_for_all_lets_the_item_say_what_happened) {
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "added"})"), Operation::create);
  EXPECT_EQ(operation(R"({"id": "a", "actiontype": "Added"})"), Operation::create);
  EXPECT_EQ(operation(R"({"Id": "a", "ACTIONTYPE": "UPDATED"})"), Operation::update);
  EXPECT_EQ(operation(R"({"id": "a", "actionType": "deleted"})"), Operation::delete_);
  EXPECT_EQ(operation(R"({"id": "a", "changeType": "created"})"), Operation::create);
  EXPECT_EQ(operation(R"({"id": "a", "isAdded": true})"), Operation::create);
  EXPECT_EQ(operation(R"({"id": "a", "IsUpdated": true, "IsAdded": false})"), Operation::update);
  EXPECT_EQ(operation(R"({"id": "a", "@removed": {"reason": "deleted"}})"), Operation::delete_);
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": ""})"), Operation::update);
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": null})"), Operation::update);
}

TEST(Webhook, path_deleted_wins_over_the_items_action) {
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "updated"})", Operation::delete_), Operation::delete_);
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "added"})", Operation::delete_), Operation::delete_);
}

TEST(Webhook, an_item_that_says_deleted_wins_over_the_path) {
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "deleted"})", Operation::create), Operation::delete_);
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "deleted"})", Operation::update), Operation::delete_);
}

TEST(Webhook, the_path_wins_between_created_and_updated) {
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "updated"})", Operation::create), Operation::create);
  EXPECT_EQ(operation(R"({"id": "a", "ActionType": "added"})", Operation::update), Operation::update);
}

TEST(Webhook, a_list_of_events_becomes_a_delivery_each) {
  for (const std::string body :
       {R"({"value": [{"id": "a", "n": 1}, {"id": "b", "ActionType": "deleted"}, {"id": "c"}]})",
        R"({"@odata.context": "x", "Value": [{"id": "a", "n": 1}, {"id": "b", "ActionType": "deleted"}, {"id": "c"}]})",
        R"([{"id": "a", "n": 1}, {"id": "b", "ActionType": "deleted"}, {"id": "c"}])"}) {
    const auto webhook = read(post(body), Operation::create);
    ASSERT_TRUE(webhook) << webhook.error().message;
    ASSERT_EQ(webhook->deliveries.size(), 3u);
    const std::vector<std::string> ids{"a", "b", "c"};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto& delivery = webhook->deliveries[i];
      EXPECT_EQ(delivery.source_event_id, ids[i]);
      EXPECT_EQ(delivery.item, static_cast<int>(i));
      EXPECT_EQ(delivery.request_id, "r-1");
      EXPECT_EQ(delivery.operation, i == 1 ? Operation::delete_ : Operation::create);
      EXPECT_EQ(json::parse(delivery.body).at("id"), ids[i]) << "each carries its own event alone";
    }
  }
}

TEST(Webhook, a_list_of_one_carries_the_event_alone) {
  const auto webhook = read(post(R"({"value": [{"id": "a"}]})"));
  ASSERT_TRUE(webhook);
  ASSERT_EQ(webhook->deliveries.size(), 1u);
  EXPECT_EQ(webhook->deliveries.front().body, R"({"id":"a"})");
}

TEST(Webhook, an_event_that_cannot_be_placed_is_accepted_all_the_same) {
  EXPECT_TRUE(read(post(R"({"id": "a", "subject": "no start"})")));
  EXPECT_TRUE(read(post(R"({"id": "a", "start": "2026-11-20T13:00:00", "end": "2026-11-20T12:00:00"})")));
}

TEST(Webhook, a_byte_order_mark_and_blanks_around_the_event_do_no_harm) {
  EXPECT_TRUE(read(post("\xEF\xBB\xBF{\"id\": \"a\"}")));
  EXPECT_TRUE(read(post(" \r\n\t{\"id\": \"a\"}\r\n")));
}

struct Wrong {
  std::string body;
  int status;
  std::string names;  ///< what the message must tell
  bool kept;
};

TEST(Webhook, what_cannot_be_taken_is_refused_with_what_and_where) {
  const std::vector<Wrong> table{
      {"", 400, "empty", false},
      {std::string("{\"id\": \"a\0\"}", 12), 400, "NUL", false},
      {"{", 400, "line 1, column 2", true},
      {"{\"id\": \"a\",\n\n  oops}", 400, "line 3, column 3", true},
      {"{\"id\": \"a\"}\n]", 400, "line 2, column 1", true},
      {"{\"id\": \"a\",}", 400, "line 1, column 12", true},
      {"id=a", 400, "line 1, column 1", true},
      {"{\"id\": \"\xFF\"}", 400, "line 1, column 9", true},
      {R"({"id": "\ud800"})", 400, "line 1", true},
      {"{\"id\": \"a\nb\"}", 400, "line 1", true},
      {R"({"id": "a", "n": 1e999})", 400, "", true},
      {"[]", 400, "no event", false},
      {R"({"value": []})", 400, "no event", false},
      {"42", 400, "number", true},
      {"null", 400, "expected", true},
      {"\"a\"", 400, "expected", true},
      {R"({"subject": "s"})", 400, "id", true},
      {R"({"id": 5})", 400, "id: found", true},
      {R"({"id": null})", 400, "id", true},
      {R"({"id": ""})", 400, "id", true},
      {R"({"id": "null"})", 400, "id", true},
      {R"({"id": {"a": 1}})", 400, "id", true},
      {R"({"id": "a\u0000b"})", 400, "control characters", true},
      {R"({"id": "a\nb"})", 400, "control characters", true},
      {"{\"id\": \"" + std::string(1025, 'x') + "\"}", 400, "1025 bytes", true},
      {R"({"id": "a", "ActionType": "exploded"})", 400, "ActionType", true},
      {R"({"id": "a", "ActionType": 7})", 400, "ActionType", true},
      {R"({"id": "a", "isAdded": "perhaps"})", 400, "isAdded", true},
      {R"({"id": "a", "lastModifiedDateTime": 17})", 400, "lastModifiedDateTime", true},
      {R"({"value": [{"id": "a"}, {"subject": "s"}, {"id": "c"}]})", 400, "value[1]", true},
      {R"({"value": [{"id": "a"}, {"id": "b"}, 5]})", 400, "value[2]", true},
      {R"({"value": [{"id": "a"}, {"id": 7}]})", 400, "value[1].id", true},
      {R"([{"id": "a"}, {}])", 400, "[1]", true},
  };
  for (const auto& row : table) {
    tl::expected<Webhook, WebhookRefusal> webhook;
    ASSERT_NO_THROW(webhook = read(post(row.body))) << row.body;
    ASSERT_FALSE(webhook) << row.body;
    EXPECT_EQ(webhook.error().status, row.status) << row.body;
    EXPECT_THAT(webhook.error().message, HasSubstr(row.names)) << row.body;
    EXPECT_EQ(webhook.error().keep_body, row.kept) << row.body;
  }
}

TEST(Webhook, a_refusal_tells_no_text_of_the_event) {
  const auto webhook = read(post(R"({"id": "a", "subject": "Divorce lawyer", "ActionType": 7, "oops})"));
  ASSERT_FALSE(webhook);
  EXPECT_THAT(webhook.error().message, ::testing::Not(HasSubstr("Divorce")));
}

TEST(Webhook, too_deep_and_too_many_are_413) {
  const auto status = [](const std::string& body) {
    const auto webhook = read(post(body));
    return webhook ? 200 : webhook.error().status;
  };
  const auto nested = [](int levels) {
    const auto n = static_cast<std::size_t>(levels);
    return R"({"id": "a", "x": )" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  EXPECT_EQ(status(nested(20)), 200);
  EXPECT_EQ(status(nested(100)), 413);
  EXPECT_EQ(status(nested(100'000)), 413);
  EXPECT_EQ(status(std::string(500'000, '[')), 413);
  EXPECT_EQ(status(R"({"id": "a", "subject": ")" + std::string(1'000, '[') + "\"}"), 200)
      << "brackets within a text nest nothing";
  EXPECT_EQ(status(R"({"id": "a", "subject": "\")" + std::string(1'000, '{') + "\"}"), 200)
      << "nor behind an escaped quote";

  const auto list = [](int length) {
    json value = json::array();
    for (int i = 0; i < length; ++i) value.push_back({{"id", std::to_string(i)}});
    return json{{"value", value}}.dump();
  };
  EXPECT_EQ(status(list(1'000)), 200);
  EXPECT_EQ(status(list(1'001)), 413);
}

}  // namespace
}  // namespace calmux
