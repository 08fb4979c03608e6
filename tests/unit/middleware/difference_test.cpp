#include <gtest/gtest.h>

#include "middleware/reconciler.h"

namespace calmux {
namespace {

TEST(Difference, each_kind_is_told_as_a_line_of_a_diff) {
  const auto line = [](Difference::Kind kind) { return describe({kind, 7, "/cal/a.ics", "\"1\""}); };
  EXPECT_EQ(line(Difference::Kind::missing), "+ /cal/a.ics  (missing in the destination, will be written)");
  EXPECT_EQ(line(Difference::Kind::changed), "~ /cal/a.ics  (changed in the destination, will be written again)");
  EXPECT_EQ(line(Difference::Kind::lingering), "- /cal/a.ics  (deleted, but in the destination, will be removed)");
  EXPECT_EQ(line(Difference::Kind::adopted), "= /cal/a.ics  (another ETag for the same content, will be noted)");
}

}  // namespace
}  // namespace calmux
