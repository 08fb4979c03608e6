#include "mappings/calendar_object.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "random_event.h"

namespace calmux {
namespace {

using nlohmann::json;

TEST(CalendarObjectJson, is_lossless) {
  testing::RandomEvents random(3);
  for (int i = 0; i < 200; ++i) {
    CalendarObject object{random.text(), random.event(), {}};
    for (int n = random.below(4); n > 0; --n) object.overrides.push_back(random.event());
    const auto read = calendar_object_from_json(json::parse(to_json(object).dump()));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, object);
  }
}

TEST(CalendarObjectJson, refuses_what_is_incomplete_or_wrong) {
  for (const char* stored :
       {"[]", "{}", R"({"uid": "x"})", R"({"uid": 1, "main": {}})", R"({"uid": "x", "main": []})",
        R"({"uid": "x", "main": {}, "overrides": {}})", R"({"uid": "x", "main": {}, "overrides": [{"title": 1}]})"}) {
    const auto read = calendar_object_from_json(json::parse(stored));
    ASSERT_FALSE(read) << stored;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed);
  }
}

TEST(SignificantContent, of_a_resource_sees_uid_and_overrides_but_not_their_order) {
  testing::RandomEvents random(4);
  CalendarObject object{"uid", random.event(), {random.event(), random.event()}};
  CalendarObject other = object;
  std::swap(other.overrides[0], other.overrides[1]);
  EXPECT_EQ(significant_content(object), significant_content(other));
  other.overrides.pop_back();
  EXPECT_NE(significant_content(object), significant_content(other));
  other = object;
  other.uid = "other";
  EXPECT_NE(significant_content(object), significant_content(other));
}

TEST(MintUid, is_deterministic_and_can_stand_in_an_href) {
  const std::string uid = mint_uid("home", "tenant1", "AAMk/+==");
  EXPECT_EQ(uid, mint_uid("home", "tenant1", "AAMk/+=="));
  EXPECT_EQ(uid.size(), 47U);
  EXPECT_EQ(uid.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos);
}

// A literal: a change of the recipe would orphan everything that was ever written.
TEST(MintUid, never_changes_its_recipe) {
  EXPECT_EQ(mint_uid("home", "tenant1", "event1"), "calmux-6e5567dd4a688ee66a6fdf2b7c9633ff58285951");
}

TEST(MintUid, differs_where_any_part_differs_or_the_parts_are_cut_otherwise) {
  std::set<std::string> uids;
  const char* const triples[][3] = {{"a", "b", "c"},   {"ab", "", "c"}, {"", "ab", "c"},
                                    {"a", "bc", ""},   {"a", "b", "C"}, {"a", "b:1", "c"},
                                    {"a", "b", "1:c"}, {"", "", ""},    {"A", "b", "c"}};
  for (const auto& triple : triples) uids.insert(mint_uid(triple[0], triple[1], triple[2]));
  EXPECT_EQ(uids.size(), std::size(triples));
}

}  // namespace
}  // namespace calmux
