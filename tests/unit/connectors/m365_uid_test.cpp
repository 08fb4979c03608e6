#include <gtest/gtest.h>

#include "connectors/m365/global_object_id.h"

namespace calmux::m365 {
namespace {

using namespace std::chrono_literals;

const std::string prefix = "040000008200E00074C5B7101A82E008";
const std::string rest =
    "00000000104D19318916DD01"
    "0000000000000000"
    "10000000"
    "37CDCA97246AAA4E83077489A7582493";

TEST(M365Uid, of_all_occurrences_of_a_series_is_one) {
  const std::string of_series = prefix + "00000000" + rest.substr(8);
  const auto series = series_uid(of_series);
  EXPECT_EQ(series.uid, of_series);
  EXPECT_FALSE(series.instance);
  const auto occurrence = series_uid(prefix + "07EA080A" + rest.substr(8));
  EXPECT_EQ(occurrence.uid, of_series);
  EXPECT_EQ(occurrence.instance, 2026y / 8 / 10);
}

TEST(M365Uid, is_upper_case_whatever_was_sent) {
  std::string lower = prefix + "07EA080A" + rest.substr(8);
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  EXPECT_EQ(series_uid(lower).uid, prefix + "00000000" + rest.substr(8));
}

std::string wrapped(const std::string& uid, const char* date = "00000000") {
  static const char digits[] = "0123456789ABCDEF";
  std::string hex = prefix + date + std::string(40, '0') + "7643616C2D55696401000000";
  for (const char c : uid) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex + "00";
}

TEST(M365Uid, of_a_foreign_event_is_unwrapped) {
  EXPECT_EQ(series_uid(wrapped("abc-123@google.com")).uid, "abc-123@google.com");
  const auto occurrence = series_uid(wrapped("abc-123@google.com", "07EA080A"));
  EXPECT_EQ(occurrence.uid, "abc-123@google.com");
  EXPECT_EQ(occurrence.instance, 2026y / 8 / 10);
}

TEST(M365Uid, of_a_foreign_event_that_is_not_printable_stays_wrapped) {
  EXPECT_EQ(series_uid(wrapped("a\nb")).uid, wrapped("a\nb"));
  EXPECT_EQ(series_uid(wrapped("")).uid, wrapped(""));
  EXPECT_EQ(series_uid(wrapped("a\xFF")).uid, wrapped("a\xFF"));
}

TEST(M365Uid, of_any_other_form_stays_as_it_is) {
  for (const std::string uid : {"", "abc@example.test", "040000008200E00074C5B7101A82E008", "AbCdEf"}) {
    EXPECT_EQ(series_uid(uid).uid, uid);
    EXPECT_FALSE(series_uid(uid).instance);
  }
  const std::string no_hex = prefix + std::string(60, 'x');
  EXPECT_EQ(series_uid(no_hex).uid, no_hex);
}

TEST(M365Uid, with_an_impossible_instance_date_names_no_instance) {
  const auto odd = series_uid(prefix + "07EA0D2A" + rest.substr(8));
  EXPECT_EQ(odd.uid, prefix + "00000000" + rest.substr(8));
  EXPECT_FALSE(odd.instance);
}

}  // namespace
}  // namespace calmux::m365
