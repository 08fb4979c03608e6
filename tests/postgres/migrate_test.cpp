#include "postgres/migrate.h"

#include <cstdio>
#include <fstream>
#include <future>
#include <sstream>

#include "database_test.h"

namespace calmux::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Migrate : public ::testing::Test {
 protected:
  Migrate() : database_(Cluster::instance().create_empty_database()), url_(Cluster::instance().url(database_)) {}
  ~Migrate() override { Cluster::instance().drop_database(database_); }

  std::string database_;
  std::string url_;
  const std::vector<Migration> two_{{"000001_a", "aa", "CREATE TABLE a (x int)"},
                                    {"000002_b", "bb", "CREATE TABLE b (x int)"}};
};

TEST_F(Migrate, fresh_database_gets_every_migration_in_order) {
  const auto done = must(migrate(url_));
  ASSERT_THAT(done, SizeIs(migrations().size()));
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

TEST_F(Migrate, second_run_applies_nothing) {
  must(migrate(url_));
  EXPECT_THAT(must(migrate(url_)), IsEmpty());
}

TEST_F(Migrate, eight_replicas_starting_at_once_apply_each_migration_once) {
  std::vector<std::future<Result<std::vector<std::string>>>> starters;
  for (int i = 0; i < 8; ++i) starters.push_back(std::async(std::launch::async, [this] { return migrate(url_); }));
  std::size_t applied = 0;
  for (auto& starter : starters) applied += must(starter.get()).size();
  EXPECT_EQ(applied, migrations().size());
}

TEST_F(Migrate, migration_that_changed_after_it_was_applied_is_refused) {
  must(migrate(url_, two_));
  auto tampered = two_;
  tampered[0].sha256 = "other";
  const auto refused = migrate(url_, tampered);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::database_refused);
  EXPECT_THAT(refused.error().message, HasSubstr("000001_a differs"));
}

TEST_F(Migrate, database_of_a_newer_calmux_is_refused) {
  must(migrate(url_, two_));
  const auto refused = migrate(url_, std::span(two_).first(1));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("newer Calmux (000002_b"));
}

TEST_F(Migrate, migration_that_was_skipped_is_refused) {
  must(migrate(url_, std::span(two_).last(1)));
  const auto refused = migrate(url_, two_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("000001_a is missing"));
}

TEST_F(Migrate, failed_migration_leaves_those_before_it_and_nothing_of_itself) {
  auto broken = two_;
  broken[1].sql = "CREATE TABLE b (x int); SELECT 1 / 0";
  ASSERT_FALSE(migrate(url_, broken));
  EXPECT_THAT(must(migrate(url_, two_)), ::testing::ElementsAre("000002_b"));
}

TEST_F(Migrate, golden_schema_is_what_the_migrations_give) {
  must(migrate(url_));
  const std::string folder = CALMUX_TEST_DATA "/../../postgres/";
  FILE* pipe = popen(("bash " + folder + "golden_schema.sh '" + url_ + "'").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string dumped;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) dumped += static_cast<char>(c);
  ASSERT_EQ(pclose(pipe), 0);
  std::ostringstream golden;
  golden << std::ifstream(folder + "schema.sql").rdbuf();
  EXPECT_EQ(golden.str(), dumped) << "run postgres/golden_schema.sh, see there";
}

TEST(MigrateUrl, unreadable_url_is_malformed_and_not_repeated) {
  const auto refused = migrate("postgresql://user:secret@host:port:port/x?y");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace calmux::postgres
