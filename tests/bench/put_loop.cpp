// Puts files into a CalDAV collection with nothing but libcurl: as many threads as asked, each with one kept-alive
// connection. The yardstick for everything that Calmux does between a webhook and the calendar. Prints one JSON line.

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

struct File {
  std::string name;
  std::string text;
};

std::vector<File> read_folder(const std::filesystem::path& folder) {
  std::vector<File> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    files.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(stream), {}}});
  }
  return files;
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

/// The answer's status, or 0 where there is none.
long put(CURL* curl, const std::string& url, const std::string& text) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  long status = 0;
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: put_loop COLLECTION_URL USER:PASSWORD FOLDER PARALLEL\n");
    return 2;
  }
  const std::string collection = argv[1];
  const std::string credentials = argv[2];
  const auto files = read_folder(argv[3]);
  curl_global_init(CURL_GLOBAL_ALL);
  curl_slist* list = nullptr;
  for (const char* header : {"Content-Type: text/calendar; charset=utf-8", "If-None-Match: *", "Expect:"})
    list = curl_slist_append(list, header);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, &curl_slist_free_all);

  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> failed{0};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < std::stoi(argv[4]); ++i) {
    threads.emplace_back([&] {
      const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
      curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, "PUT");
      curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
      curl_easy_setopt(curl.get(), CURLOPT_USERPWD, credentials.c_str());
      curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &discard);
      for (std::size_t n = next.fetch_add(1); n < files.size(); n = next.fetch_add(1)) {
        const auto status = put(curl.get(), collection + files[n].name, files[n].text);
        if (status != 200 && status != 201 && status != 204) failed.fetch_add(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("{\"files\":%zu,\"failed\":%zu,\"seconds\":%.3f}\n", files.size(), failed.load(), seconds.count());
  return failed.load() == 0 ? 0 : 1;
}
