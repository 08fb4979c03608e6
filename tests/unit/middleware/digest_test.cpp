#include "middleware/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace calmux {
namespace {

TEST(Digest, sha256_is_that_of_FIPS_180_4) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

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
