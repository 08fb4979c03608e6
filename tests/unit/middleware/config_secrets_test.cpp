#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "middleware/config.h"

namespace calmux {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
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

class SecretFile {
 public:
  explicit SecretFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("calmux_secret_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "_" +
               std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
    std::ofstream(path_) << text;
  }
  ~SecretFile() { std::filesystem::remove(path_); }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(ConfigSecrets, secrets_come_from_files_without_their_line_end) {
  const SecretFile database("postgresql://u:p@db/calmux\n");
  const SecretFile password("pa ss\r\n");
  const SecretFile keys("key-from-file-1,key-from-file-2\n");
  const auto [config, errors] = read({{"DATABASE_URL_FILE", database.path()},
                                      {"CALDAV_URL", "http://dav/"},
                                      {"CALDAV_PASSWORD_FILE", password.path()},
                                      {"API_KEY_FILE", keys.path()}});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(config.database_url, "postgresql://u:p@db/calmux");
  EXPECT_EQ(config.caldav_password, "pa ss");
  EXPECT_THAT(config.api_keys, ElementsAre("key-from-file-1", "key-from-file-2"));
}

TEST(ConfigSecrets, a_secret_that_is_set_counts_before_its_file) {
  const SecretFile password("of the file");
  EXPECT_EQ(read_with({{"CALDAV_PASSWORD", "set"}, {"CALDAV_PASSWORD_FILE", password.path()}}).config.caldav_password,
            "set");
}

TEST(ConfigSecrets, a_secret_file_that_cannot_be_read_is_an_error_of_its_own) {
  EXPECT_THAT(read_with({{"CALDAV_PASSWORD_FILE", "/nonexistent/secret"}}).errors,
              ElementsAre(::testing::AllOf(HasSubstr("CALDAV_PASSWORD_FILE"), HasSubstr("/nonexistent/secret"))));
}

TEST(ConfigSecrets, a_folder_in_place_of_a_secret_file_is_an_error_of_its_own) {
  const auto folder = std::filesystem::temp_directory_path().string();
  std::vector<std::string> errors;
  ASSERT_NO_THROW(errors = read_with({{"CALDAV_PASSWORD_FILE", folder}}).errors);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("CALDAV_PASSWORD_FILE")));
}

TEST(ConfigSecrets, an_empty_secret_file_counts_as_missing) {
  const SecretFile empty("\n");
  EXPECT_THAT(read({{"DATABASE_URL_FILE", empty.path()}}, ConfigScope::database).errors,
              ::testing::AllOf(::testing::Not(IsEmpty()), ::testing::Each(HasSubstr("DATABASE_URL"))));
}

}  // namespace
}  // namespace calmux
