#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// Which folder may know which: docs/architecture.md. CALMUX_SOURCE_DIR is the root of the sources.

namespace calmux {
namespace {

struct Folder {
  std::string_view name;
  std::vector<std::string_view> may_include;  ///< folders of ours
};

const std::vector<Folder> folders{
    {"mappings", {"mappings/"}},
    {"connectors", {"mappings/", "connectors/"}},
    {"postgres", {"mappings/", "postgres/"}},
    {"middleware", {"mappings/", "connectors/", "postgres/", "middleware/"}},
};

/// Who may include a library: files whose path begins like this. A change of the library touches nothing else.
struct Library {
  std::string_view header;
  std::string_view owner;
};

const std::vector<Library> libraries{
    {"curl/", "connectors/http_client.cpp"},
    {"expat", "connectors/xml.cpp"},
    {"date/", "connectors/time_zone"},
    {"libical/", "connectors/icalendar/"},
    {"gumbo", "connectors/"},
    {"pqxx/", "postgres/"},
    {"libpq", "postgres/"},
    {"pistache/", "middleware/http_server"},
    {"http_parser", "middleware/http_"},
    {"spdlog/", "middleware/log"},
    {"prometheus/", "middleware/metrics"},
    {"CLI/", "middleware/main.cpp"},
};

/// Headers of the standard library that do what mappings must not.
const std::vector<std::string_view> impure_headers{
    "ctime", "filesystem", "fstream", "future", "iostream", "mutex", "random", "condition_variable", "thread"};

const std::regex impure_words{
    R"(\b(system_clock|steady_clock|utc_clock|fstream|ifstream|ofstream|iostream|cout|cerr|clog|printf|fprintf)"
    R"(|getenv|random_device|spdlog|sleep_for|std::time|gettimeofday|clock_gettime|this_thread)\b)"};

struct Include {
  std::string header;
  bool ours = false;  ///< in quotes
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex line_with_include{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)"};
  std::vector<Include> includes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, line_with_include)) includes.push_back({found[2], found[1] == "\""});
  }
  return includes;
}

std::string without_comments(const std::string& text) {
  static const std::regex comment{R"(//[^\n]*)"};
  return std::regex_replace(text, comment, "");
}

bool is_standard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos;
}

std::string violation_of_folder(const Folder& folder, const Include& include) {
  const auto& header = include.header;
  const auto named = [&](std::string_view allowed) { return header.starts_with(allowed); };
  if (include.ours) return std::ranges::any_of(folder.may_include, named) ? "" : "may not include " + header;
  if (std::ranges::any_of(folders,
                          [&](const Folder& other) { return header.starts_with(std::string(other.name) + '/'); })) {
    return "includes " + header + " in angle brackets";
  }
  if (folder.name != "mappings") return {};
  if (std::ranges::find(impure_headers, header) != impure_headers.end()) return "is pure: it may not include " + header;
  if (is_standard(header) || named("tl/expected.hpp") || named("nlohmann/")) return {};
  return "may not include the library " + header;
}

/// What is wrong with the file, a line each.
std::vector<std::string> violations(const std::string& path, const std::string& text) {
  std::vector<std::string> found;
  const auto folder =
      std::ranges::find_if(folders, [&](const Folder& f) { return path.starts_with(std::string(f.name) + '/'); });
  if (folder == folders.end()) return {path + ": in no folder that the architecture knows"};
  for (const auto& include : includes_of(text)) {
    if (const auto wrong = violation_of_folder(*folder, include); !wrong.empty()) found.push_back(path + ' ' + wrong);
    for (const auto& library : libraries) {
      if (include.ours || !include.header.starts_with(library.header) || path.starts_with(library.owner)) continue;
      found.push_back(path + " includes " + include.header + ", which only " + std::string(library.owner) + " may");
    }
  }
  if (folder->name != "mappings") return found;
  const auto code = without_comments(text);
  for (auto word = std::sregex_iterator(code.begin(), code.end(), impure_words); word != std::sregex_iterator();
       ++word) {
    found.push_back(path + " is pure: it may not use " + word->str());
  }
  return found;
}

struct Source {
  std::string path;
  std::string text;
};

std::vector<Source> sources() {
  namespace fs = std::filesystem;
  const fs::path root(CALMUX_SOURCE_DIR);
  std::vector<Source> all;
  for (const auto& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder.name)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp" && extension != ".inc") continue;
      std::ifstream file(entry.path());
      all.push_back(
          {fs::relative(entry.path(), root).generic_string(), std::string(std::istreambuf_iterator<char>(file), {})});
    }
  }
  return all;
}

std::vector<std::string> who_includes(std::string_view header) {
  std::vector<std::string> paths;
  for (const auto& source : sources()) {
    const auto includes = includes_of(source.text);
    if (std::ranges::any_of(includes, [&](const Include& i) { return i.header.starts_with(header); }))
      paths.push_back(source.path);
  }
  return paths;
}

struct Case {
  const char* path;
  const char* line;
  bool allowed;
};

TEST(Layering, the_check_tells_right_from_wrong) {
  const std::vector<Case> cases{
      {"mappings/a.cpp", "#include \"mappings/event.h\"", true},
      {"mappings/a.cpp", "#include <vector>", true},
      {"mappings/a.cpp", "#include <tl/expected.hpp>", true},
      {"mappings/a.cpp", "#include <nlohmann/json.hpp>", true},
      {"mappings/a.cpp", "// the system_clock is not read here", true},
      {"mappings/a.cpp", "int my_system_clock_offset;", true},
      {"mappings/a.cpp", "#include \"connectors/xml.h\"", false},
      {"mappings/a.cpp", "#include \"middleware/clock.h\"", false},
      {"mappings/a.cpp", "#include \"event.h\"", false},
      {"mappings/a.cpp", "#include <postgres/pool.h>", false},
      {"mappings/a.cpp", "  #  include <fstream>", false},
      {"mappings/a.cpp", "#include <random>", false},
      {"mappings/a.cpp", "#include <unistd.h>", false},
      {"mappings/a.cpp", "#include <spdlog/spdlog.h>", false},
      {"mappings/a.cpp", "auto at = std::chrono::system_clock::now();", false},
      {"mappings/a.cpp", "auto zone = std::getenv(\"TZ\");", false},
      {"connectors/caldav/a.cpp", "#include \"mappings/event.h\"", true},
      {"connectors/caldav/a.cpp", "#include \"connectors/http_client.h\"", true},
      {"connectors/caldav/a.cpp", "#include \"postgres/pool.h\"", false},
      {"connectors/caldav/a.cpp", "#include \"middleware/log.h\"", false},
      {"connectors/caldav/a.cpp", "#include <curl/curl.h>", false},
      {"connectors/caldav/a.cpp", "#include <libical/ical.h>", false},
      {"connectors/caldav/a.cpp", "#include <pqxx/pqxx>", false},
      {"connectors/caldav/a.cpp", "#include <pistache/peer.h>", false},
      {"connectors/icalendar/a.cpp", "#include <libical/ical.h>", true},
      {"connectors/http_client.cpp", "#include <curl/curl.h>", true},
      {"connectors/http_client.h", "#include <curl/curl.h>", false},
      {"postgres/a.cpp", "#include \"mappings/event.h\"", true},
      {"postgres/a.cpp", "#include <pqxx/pqxx>", true},
      {"postgres/a.cpp", "#include \"connectors/destination.h\"", false},
      {"postgres/a.cpp", "#include \"middleware/log.h\"", false},
      {"middleware/a.cpp", "#include \"connectors/destination.h\"", true},
      {"middleware/a.cpp", "#include \"postgres/pool.h\"", true},
      {"middleware/a.cpp", "#include <pqxx/pqxx>", false},
      {"middleware/a.cpp", "#include <curl/curl.h>", false},
      {"middleware/a.cpp", "#include <pistache/peer.h>", false},
      {"middleware/http_server.cpp", "#include <pistache/peer.h>", true},
      {"elsewhere/a.cpp", "#include <vector>", false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(violations(one.path, one.line).empty(), one.allowed) << one.path << ": " << one.line;
  }
}

TEST(Layering, every_source_keeps_to_the_arrows) {
  const auto all = sources();
  for (const auto& folder : folders) {
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Source& s) { return s.path.starts_with(folder.name); }))
        << folder.name;
  }
  for (const auto& source : all) {
    for (const auto& wrong : violations(source.path, source.text)) ADD_FAILURE() << wrong;
  }
}

TEST(Layering, each_edge_has_its_one_owner) {
  EXPECT_EQ(who_includes("curl/"), (std::vector<std::string>{"connectors/http_client.cpp"}));
  EXPECT_EQ(who_includes("pistache/").size(), 1u);
  EXPECT_FALSE(who_includes("libical/").empty());
  EXPECT_FALSE(who_includes("pqxx/").empty());
}

TEST(Layering, nobody_includes_the_program_itself) {
  EXPECT_TRUE(who_includes("middleware/main").empty());
}

}  // namespace
}  // namespace calmux
