#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "connectors/m365/decode.h"

namespace calmux::m365 {
namespace {

using nlohmann::json;

// Real payloads are not part of the project; who has some names their folder in CALMUX_CAPTURES.
TEST(M365Captures, all_decode_without_a_warning_and_survive_storage) {
  const char* folder = std::getenv("CALMUX_CAPTURES");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) GTEST_SKIP() << "CALMUX_CAPTURES names no folder";
  int decoded = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    const json body = json::parse(file);
    const auto found = items(body);
    ASSERT_TRUE(found) << entry.path() << ": " << found.error().message;
    for (const auto* item : *found) {
      const auto events = decode(*item);
      ASSERT_TRUE(events) << entry.path() << ": " << events.error().message;
      for (const auto& event : *events) {
        EXPECT_TRUE(event.warnings.empty()) << entry.path() << ": " << event.warnings.front();
        EXPECT_FALSE(event.title.empty());
        EXPECT_TRUE(event.last_modified);
        EXPECT_EQ(event_from_json(to_json(event)).value(), event);
        ++decoded;
      }
    }
  }
  EXPECT_GT(decoded, 0);
}

}  // namespace
}  // namespace calmux::m365
