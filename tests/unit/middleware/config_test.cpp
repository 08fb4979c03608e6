#include "middleware/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace calmux {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Variables = std::map<std::string, std::string>;

ConfigResult read(const Variables& variables, ConfigScope scope = ConfigScope::everything,
                  const Variables& priorities = {}) {
  const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return read_config(lookup, priorities, scope);
}

/// The least that a service needs, with `changed` on top.
ConfigResult read_with(Variables changed) {
  changed.emplace("DATABASE_URL", "postgresql://calmux@localhost/calmux");
  changed.emplace("CALDAV_URL", "https://dav.example.org/");
  return read(changed);
}

TEST(Config, the_defaults_need_no_variable_but_the_two_addresses) {
  const auto [config, errors] = read_with({});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(config.database_url, "postgresql://calmux@localhost/calmux");
  EXPECT_EQ(config.caldav_url, "https://dav.example.org/");
  EXPECT_EQ(config.address, "127.0.0.1");
  EXPECT_EQ(config.port, 5000);
  EXPECT_EQ(config.max_body_bytes, std::size_t{1} << 20);
  EXPECT_EQ(config.workspace, "default");
  EXPECT_EQ(config.log_level, "info");
  EXPECT_EQ(config.conflict_resolution, ConflictResolution::last_write_wins);
  EXPECT_EQ(config.reconcile_every, std::chrono::minutes{15});
  EXPECT_TRUE(config.caldav_create_missing);
  EXPECT_FALSE(config.max_event_age.has_value());
  EXPECT_THAT(config.api_keys, IsEmpty());
}

TEST(Config, the_earlier_systems_names_keep_working) {
  const auto [config, errors] = read({{"DATABASE_URL", "postgresql://u:p@db:5432/calendar_sync"},
                                      {"CALDAV_URL", "http://radicale:5232"},
                                      {"CALDAV_USERNAME", "family"},
                                      {"CALDAV_PASSWORD", "pa ss"},
                                      {"CALDAV_CALENDAR_NAME", "Consolidated Calendar"},
                                      {"API_KEY", "first-key-1, second-key-2 ,,third-key-3"},
                                      {"LOG_LEVEL", "WARNING"},
                                      {"LOG_FILE", "/var/log/calendar_sync.log"},
                                      {"CONFLICT_RESOLUTION", "priority_based"},
                                      {"MAX_EVENT_AGE_DAYS", "365"}},
                                     ConfigScope::everything, {{"M365_TENANT1", "1"}, {"ICLOUD", " 3 "}});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(config.caldav_username, "family");
  EXPECT_EQ(config.caldav_password, "pa ss");
  EXPECT_EQ(config.caldav_calendar_name, "Consolidated Calendar");
  EXPECT_THAT(config.api_keys, ElementsAre("first-key-1", "second-key-2", "third-key-3"));
  EXPECT_EQ(config.log_level, "warning");
  EXPECT_EQ(config.log_file, "/var/log/calendar_sync.log");
  EXPECT_EQ(config.conflict_resolution, ConflictResolution::priority_based);
  EXPECT_EQ(config.max_event_age, std::chrono::days{365});
  EXPECT_EQ(config.source_priority, (std::map<std::string, int>{{"icloud", 3}, {"m365_tenant1", 1}}));
}

struct Case {
  const char* name;
  const char* value;
  bool right;
};

class Variable : public ::testing::TestWithParam<Case> {};

TEST_P(Variable, is_taken_or_named_with_what_was_found) {
  const auto& [name, value, right] = GetParam();
  const auto errors = read_with({{name, value}}).errors;
  if (right) {
    EXPECT_THAT(errors, IsEmpty());
  } else {
    ASSERT_THAT(errors, SizeIs(1));
    EXPECT_THAT(errors[0], ::testing::StartsWith(std::string(name) + ": "));
    EXPECT_THAT(errors[0], HasSubstr(value));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Config, Variable,
    ::testing::Values(Case{"CALDAV_URL", "http://localhost:5232/", true}, Case{"CALDAV_URL", "localhost:5232", false},
                      Case{"CALDAV_URL", "ftp://localhost/", false}, Case{"CALDAV_PARALLEL", "1", true},
                      Case{"CALDAV_PARALLEL", "64", true}, Case{"CALDAV_PARALLEL", "0", false},
                      Case{"CALDAV_PARALLEL", "65", false}, Case{"CALDAV_CREATE_CALENDAR", "No", true},
                      Case{"CALDAV_CREATE_CALENDAR", "TRUE", true}, Case{"CALDAV_CREATE_CALENDAR", "maybe", false},
                      Case{"CALMUX_PORT", "0", true}, Case{"CALMUX_PORT", " 65535 ", true},
                      Case{"CALMUX_PORT", "65536", false}, Case{"CALMUX_PORT", "-1", false},
                      Case{"CALMUX_PORT", "50x0", false}, Case{"CALMUX_PORT", "5000.0", false},
                      Case{"CALMUX_PORT", "99999999999999999999", false}, Case{"CALMUX_PORT", "", true},
                      Case{"CALMUX_MAX_BODY_BYTES", "1024", true}, Case{"CALMUX_MAX_BODY_BYTES", "67108864", true},
                      Case{"CALMUX_MAX_BODY_BYTES", "1023", false}, Case{"CALMUX_MAX_BODY_BYTES", "67108865", false},
                      Case{"CALMUX_MAX_BODY_BYTES", "1 MiB", false}, Case{"CALMUX_WORKERS", "2", true},
                      Case{"CALMUX_WORKERS", "1", false}, Case{"LOG_LEVEL", "debug", true},
                      Case{"LOG_LEVEL", "CRITICAL", true}, Case{"LOG_LEVEL", "verbose", false},
                      Case{"CONFLICT_RESOLUTION", "manual", true}, Case{"CONFLICT_RESOLUTION", "Keep_Both", true},
                      Case{"CONFLICT_RESOLUTION", "newest", false}, Case{"MAX_EVENT_AGE_DAYS", "0", true},
                      Case{"MAX_EVENT_AGE_DAYS", "-5", false}, Case{"MAX_EVENT_AGE_DAYS", "a year", false},
                      Case{"CALMUX_CANCELLED", "Show", true}, Case{"CALMUX_CANCELLED", "remove", true},
                      Case{"CALMUX_CANCELLED", "hide", false}, Case{"CALMUX_RECONCILE_MINUTES", "0", true},
                      Case{"CALMUX_RECONCILE_MINUTES", "10081", false}, Case{"CALMUX_INBOX_RETENTION_DAYS", "1", true},
                      Case{"CALMUX_INBOX_RETENTION_DAYS", "0", false}));

TEST(Config, values_reach_their_places) {
  const auto config = read_with({{"CALDAV_PARALLEL", "3"},
                                 {"CALDAV_CREATE_CALENDAR", "false"},
                                 {"CALDAV_CA_FILE", "/etc/ca.pem"},
                                 {"CALMUX_ADDRESS", "0.0.0.0"},
                                 {"CALMUX_PORT", "8000"},
                                 {"CALMUX_MAX_BODY_BYTES", "2048"},
                                 {"CALMUX_WORKERS", "9"},
                                 {"CALMUX_WORKSPACE", "family"},
                                 {"CALMUX_RECONCILE_MINUTES", "0"},
                                 {"CALMUX_INBOX_RETENTION_DAYS", "7"},
                                 {"MAX_EVENT_AGE_DAYS", "0"}})
                          .config;
  EXPECT_EQ(config.caldav_parallel, 3);
  EXPECT_FALSE(config.caldav_create_missing);
  EXPECT_EQ(config.caldav_ca_file, "/etc/ca.pem");
  EXPECT_EQ(config.address, "0.0.0.0");
  EXPECT_EQ(config.port, 8000);
  EXPECT_EQ(config.max_body_bytes, 2048u);
  EXPECT_EQ(config.max_waiting, 4);
  EXPECT_EQ(config.workspace, "family");
  EXPECT_EQ(config.reconcile_every, std::chrono::minutes{0});
  EXPECT_EQ(config.inbox_retention, std::chrono::days{7});
  EXPECT_FALSE(config.max_event_age.has_value());
}

TEST(Config, cancelled_meetings_are_removed_and_titles_tell_nothing_unless_it_says_so) {
  const auto unset = read_with({}).config.cancelled;
  EXPECT_FALSE(unset.show);
  EXPECT_THAT(unset.prefixes, IsEmpty());
  const auto set =
      read_with({{"CALMUX_CANCELLED", "show"}, {"CALMUX_CANCELLED_PREFIXES", "Canceled:, Abgesagt: ,,Annulé :"}})
          .config.cancelled;
  EXPECT_TRUE(set.show);
  EXPECT_THAT(set.prefixes, ElementsAre("Canceled:", "Abgesagt:", "Annulé :"));
}

TEST(Config, everything_that_is_wrong_is_told_at_once) {
  const auto errors =
      read({{"CALDAV_URL", "dav"}, {"CALMUX_PORT", "x"}, {"LOG_LEVEL", "loud"}, {"CONFLICT_RESOLUTION", "coin"}},
           ConfigScope::everything, {{"ICLOUD", "high"}})
          .errors;
  EXPECT_THAT(errors,
              ::testing::UnorderedElementsAre(HasSubstr("DATABASE_URL"), HasSubstr("CALDAV_URL"),
                                              HasSubstr("CALMUX_PORT"), HasSubstr("LOG_LEVEL"),
                                              HasSubstr("CONFLICT_RESOLUTION"), HasSubstr("SOURCE_PRIORITY_ICLOUD")));
}

TEST(Config, a_command_that_needs_the_database_alone_asks_for_nothing_else) {
  EXPECT_THAT(read({{"DATABASE_URL", "postgresql:///calmux"}, {"CALMUX_PORT", "x"}}, ConfigScope::database).errors,
              IsEmpty());
  EXPECT_THAT(read({}, ConfigScope::database).errors, ElementsAre(HasSubstr("DATABASE_URL: missing")));
}

TEST(Config, a_blank_value_counts_as_missing) {
  EXPECT_THAT(read({{"DATABASE_URL", " \t"}, {"CALDAV_URL", ""}}).errors,
              ElementsAre(HasSubstr("DATABASE_URL"), HasSubstr("CALDAV_URL")));
}

TEST(Config, a_weak_key_is_refused_and_no_key_is_shown) {
  const auto errors = read_with({{"API_KEY", "good-enough-key,hunter2"}}).errors;
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_THAT(errors[0], HasSubstr("API_KEY"));
  EXPECT_THAT(errors[0], Not(HasSubstr("hunter2")));
}

TEST(Config, a_priority_is_a_whole_number) {
  for (const std::string right : {"0", "10", "-1", " 7 "}) {
    EXPECT_THAT(
        read({{"DATABASE_URL", "x"}, {"CALDAV_URL", "http://x"}}, ConfigScope::everything, {{"A", right}}).errors,
        IsEmpty())
        << right;
  }
  for (const std::string wrong : {"", "1.5", "high", "1 2", "99999999999"}) {
    EXPECT_THAT(
        read({{"DATABASE_URL", "x"}, {"CALDAV_URL", "http://x"}}, ConfigScope::everything, {{"A", wrong}}).errors,
        ElementsAre(HasSubstr("SOURCE_PRIORITY_A")))
        << wrong;
  }
}

TEST(Config, the_environment_is_read_with_its_priorities) {
  ::setenv("DATABASE_URL", "postgresql:///from_environment", 1);
  ::setenv("CALDAV_URL", "http://dav/", 1);
  ::setenv("SOURCE_PRIORITY_M365_TENANT1", "2", 1);
  const auto config = read_environment(ConfigScope::everything).config;
  ::unsetenv("DATABASE_URL");
  ::unsetenv("CALDAV_URL");
  ::unsetenv("SOURCE_PRIORITY_M365_TENANT1");
  EXPECT_EQ(config.database_url, "postgresql:///from_environment");
  EXPECT_EQ(config.source_priority.at("m365_tenant1"), 2);
}

}  // namespace
}  // namespace calmux
