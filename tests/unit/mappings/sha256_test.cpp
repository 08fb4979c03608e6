#include "mappings/sha256.h"

#include <gtest/gtest.h>

#include <set>

namespace calmux {
namespace {

struct Vector {
  std::string message;
  const char* digest;
};

// FIPS 180-4's examples and the published answers for the lengths around one block.
TEST(Sha256, gives_the_published_digests) {
  const Vector vectors[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& vector : vectors) EXPECT_EQ(sha256_hex(vector.message), vector.digest);
}

TEST(Sha256, differs_for_every_length_around_a_block) {
  std::set<std::string> digests;
  for (std::size_t length = 0; length < 200; ++length) digests.insert(sha256_hex(std::string(length, 'x')));
  EXPECT_EQ(digests.size(), 200U);
}

}  // namespace
}  // namespace calmux
