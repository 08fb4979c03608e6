#include "middleware/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace calmux {
namespace {

TEST(Digest, texts_are_equal_only_if_every_octet_is) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  for (const auto* other : {"", "secre", "secret ", "Secret", "secreT"})
    EXPECT_FALSE(equal_constant_time("secret", other)) << other;
}

TEST(Digest, random_texts_have_their_length_and_never_repeat) {
  std::set<std::string> drawn;
  for (int i = 0; i < 100; ++i) {
    const auto text = random_hex(16);
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
    drawn.insert(text);
  }
  EXPECT_EQ(drawn.size(), 100u);
  EXPECT_EQ(random_hex(0), "");
}

}  // namespace
}  // namespace calmux
