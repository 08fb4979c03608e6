#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;
using std::chrono::steady_clock;
using test::event;

TEST(Parallel, sixteen_threads_share_four_connections) {
  auto options = test::options_for(test::fresh_name());
  options.max_parallel = 4;
  options.total_timeout = std::chrono::seconds{60};
  CalDavDestination destination(options);
  ASSERT_OK(destination.open());
  std::atomic<int> next{0};
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 16; ++thread) {
      threads.emplace_back([&] {
        for (int i = next++; i < 200; i = next++) {
          const std::string uid = "parallel-" + std::to_string(i);
          const auto written = destination.create(destination.href_for(uid), event(uid));
          if (!written) {
            ++failures;
            ADD_FAILURE() << written.error().message;
          }
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  const auto listing = destination.list();
  ASSERT_OK(listing);
  std::set<std::string> hrefs;
  for (const RemoteObject& object : *listing) hrefs.insert(object.href);
  EXPECT_EQ(hrefs.size(), 200U);
  EXPECT_TRUE(hrefs.contains(destination.href_for("parallel-199")));
}

class Outage : public testing::TestWithParam<std::string> {};

TEST_P(Outage, is_unavailable_at_once_and_over_with_the_restart) {
  CalDavDestination destination(test::options_for(test::fresh_name()));
  ASSERT_OK(destination.open());
  const std::string uid = "before-" + GetParam();  // Cyrus wants UIDs that differ throughout the account
  const std::string href = destination.href_for(uid);
  const auto written = destination.create(href, event(uid));
  ASSERT_OK(written);

  test::control(GetParam());
  const auto began = steady_clock::now();
  EXPECT_FAILS(destination.update(href, written->etag, event(uid, "During")), ErrorKind::unavailable);
  EXPECT_FAILS(destination.list(), ErrorKind::unavailable);
  EXPECT_FAILS(destination.open(), ErrorKind::unavailable);
  EXPECT_FAILS(destination.probe(), ErrorKind::unavailable);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds{2});

  test::control("start");
  EXPECT_TRUE(destination.probe());
  const auto fetched = destination.fetch(href);
  ASSERT_OK(fetched);
  EXPECT_EQ(fetched->etag, written->etag);
  EXPECT_TRUE(destination.update(href, written->etag, event(uid, "After")));
}

INSTANTIATE_TEST_SUITE_P(Server, Outage, testing::Values("stop", "kill9"), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace calmux
