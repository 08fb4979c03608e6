#include "middleware/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "mappings/sha256.h"

namespace calmux {
namespace {

HttpRequest with(std::vector<HttpHeader> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

HttpRequest with_key(const std::string& key) {
  return with({{"X-API-Key", key}});
}

struct Form {
  std::vector<HttpHeader> headers;
  std::string_view key;
};

TEST(Authenticator, a_key_is_presented_in_either_header) {
  const std::vector<Form> forms{
      {{{"X-API-Key", "secret"}}, "secret"},
      {{{"x-api-key", "secret"}}, "secret"},
      {{{"Authorization", "Bearer secret"}}, "secret"},
      {{{"authorization", "BEARER secret"}}, "secret"},
      {{{"X-API-Key", "first"}, {"Authorization", "Bearer second"}}, "first"},
      {{{"X-API-Key", ""}, {"Authorization", "Bearer second"}}, "second"},
      {{}, ""},
      {{{"X-API-Key", ""}}, ""},
      {{{"Authorization", "Bearer"}}, ""},
      {{{"Authorization", "Bearer "}}, ""},
      {{{"Authorization", "Basic c2VjcmV0"}}, ""},
      {{{"Authorization", "secret"}}, ""},
      {{{"Authorization", "Bearersecret"}}, ""},
      {{{"Cookie", "X-API-Key=secret"}}, ""},
  };
  for (std::size_t i = 0; i < forms.size(); ++i) EXPECT_EQ(presented_key(with(forms[i].headers)), forms[i].key) << i;
}

TEST(Authenticator, blanks_may_stand_between_scheme_and_token) {  // RFC 9110 section 11.4
  EXPECT_EQ(presented_key(with({{"Authorization", "Bearer   secret"}})), "secret");
}

TEST(Authenticator, every_key_of_the_environment_is_valid_for_every_source) {
  const Authenticator authenticator({"first-key", "second-key"});
  for (const std::string key : {"first-key", "second-key"}) {
    EXPECT_EQ(authenticator.check(with_key(key), "m365_tenant1"), Access::granted);
    EXPECT_EQ(authenticator.check(with_key(key), "never-seen"), Access::granted);
    EXPECT_EQ(authenticator.check(with_key(key), std::nullopt), Access::granted);
  }
}

TEST(Authenticator, a_wrong_key_is_as_unknown_as_none) {
  const Authenticator authenticator({"first-key", "second-key"});
  for (const std::string key : {"", "first-key ", "First-Key", "first-ke", "first-key,second-key", "first-key\n"}) {
    EXPECT_EQ(authenticator.check(with_key(key), "work"), Access::unknown_key) << key;
    EXPECT_EQ(authenticator.check(with_key(key), std::nullopt), Access::unknown_key) << key;
  }
  EXPECT_EQ(authenticator.check(with({}), "work"), Access::unknown_key);
}

TEST(Authenticator, the_hash_of_a_key_opens_nothing) {
  const Authenticator authenticator({"first-key"});
  EXPECT_EQ(authenticator.check(with_key(sha256_hex("first-key")), "work"), Access::unknown_key);
}

TEST(Authenticator, an_empty_key_opens_nothing_even_where_one_is_kept) {
  Authenticator authenticator({""});
  EXPECT_EQ(authenticator.check(with_key(""), "work"), Access::unknown_key);
  authenticator.replace_stored({{sha256_hex(""), {}}});
  EXPECT_EQ(authenticator.check(with({}), std::nullopt), Access::unknown_key);
}

TEST(Authenticator, without_keys_nobody_comes_in) {
  EXPECT_EQ(Authenticator({}).check(with_key("any"), "work"), Access::unknown_key);
}

TEST(Authenticator, a_stored_key_is_valid_for_the_sources_it_names) {
  Authenticator authenticator({});
  authenticator.replace_stored(
      {{sha256_hex("work-key"), {"m365_tenant1", "m365_tenant2"}}, {sha256_hex("any-key"), {}}});
  struct Row {
    std::string key;
    std::optional<std::string_view> source;
    Access expected;
  };
  const std::vector<Row> rows{
      {"work-key", "m365_tenant1", Access::granted},
      {"work-key", "m365_tenant2", Access::granted},
      {"work-key", std::nullopt, Access::granted},
      {"work-key", "icloud", Access::wrong_source},
      {"work-key", "m365_tenant", Access::wrong_source},
      {"work-key", "M365_TENANT1", Access::wrong_source},
      {"work-key", "", Access::wrong_source},
      {"any-key", "icloud", Access::granted},
      {"other-key", "m365_tenant1", Access::unknown_key},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(authenticator.check(with_key(row.key), row.source), row.expected)
        << row.key << ' ' << row.source.value_or("(none)");
  }
}

TEST(Authenticator, a_key_kept_twice_is_valid_for_the_sources_of_both) {
  Authenticator authenticator({});
  authenticator.replace_stored({{sha256_hex("key"), {"work"}}, {sha256_hex("key"), {"home"}}});
  EXPECT_EQ(authenticator.check(with_key("key"), "work"), Access::granted);
  EXPECT_EQ(authenticator.check(with_key("key"), "home"), Access::granted);
  EXPECT_EQ(authenticator.check(with_key("key"), "club"), Access::wrong_source);
}

TEST(Authenticator, replaced_keys_are_forgotten_and_the_environments_stay) {
  Authenticator authenticator({"environment-key"});
  authenticator.replace_stored({{sha256_hex("old-key"), {}}});
  EXPECT_EQ(authenticator.check(with_key("old-key"), "work"), Access::granted);
  authenticator.replace_stored({{sha256_hex("new-key"), {}}});
  EXPECT_EQ(authenticator.check(with_key("old-key"), "work"), Access::unknown_key);
  EXPECT_EQ(authenticator.check(with_key("new-key"), "work"), Access::granted);
  EXPECT_EQ(authenticator.check(with_key("environment-key"), "work"), Access::granted);
}

TEST(Authenticator, keys_are_replaced_while_requests_are_checked) {
  Authenticator authenticator({"environment-key"});
  const std::vector<AcceptedKey> keys{{sha256_hex("lasting-key"), {"work"}}, {sha256_hex("other-key"), {"work"}}};
  authenticator.replace_stored(keys);
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i) {
    askers.emplace_back([&] {
      while (!stop) {
        if (authenticator.check(with_key("lasting-key"), "work") != Access::granted) ++refused;
        if (authenticator.check(with_key("environment-key"), "work") != Access::granted) ++refused;
        if (authenticator.check(with_key("nobodys-key"), "work") != Access::unknown_key) ++refused;
      }
    });
  }
  for (int round = 0; round < 2'000; ++round) {
    authenticator.replace_stored(round % 2 == 0 ? std::vector<AcceptedKey>{keys.front()} : keys);
  }
  stop = true;
  for (auto& asker : askers) asker.join();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace calmux
