#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

// Every input of each target's corpus, without a fuzzer. CMake names the targets.

#define TARGET(name) extern "C" int name##_fuzz(const std::uint8_t* data, std::size_t size);
CALMUX_FUZZ_TARGETS
#undef TARGET

namespace calmux::fuzz {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

std::vector<std::filesystem::path> inputs_of(const std::string& target) {
  std::vector<std::filesystem::path> inputs;
  const auto folder = std::filesystem::path(CALMUX_FUZZ_CORPUS) / target;
  if (!std::filesystem::is_directory(folder)) return inputs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) inputs.push_back(entry.path());
  std::ranges::sort(inputs);
  return inputs;
}

void replay(Target target, const std::string& name) {
  const auto inputs = inputs_of(name);
  ASSERT_FALSE(inputs.empty()) << "the corpus of " << name << " is empty";
  for (const auto& input : inputs) {
    // The last one told is the one that ended the process.
    std::cerr << input.string() << '\n';
    std::ifstream file(input, std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
    try {
      target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    } catch (const std::exception& e) {
      ADD_FAILURE() << input.string() << ": " << e.what();
    }
  }
}

#define TARGET(name)            \
  TEST(FuzzCorpora, name) {     \
    replay(name##_fuzz, #name); \
  }
CALMUX_FUZZ_TARGETS
#undef TARGET

}  // namespace
}  // namespace calmux::fuzz
