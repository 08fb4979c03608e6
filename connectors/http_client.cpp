#include "connectors/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>

namespace calmux {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct CloseEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

struct Receiver {
  HttpResponse response;
  std::size_t max_bytes = 0;
  bool too_large = false;
};

// Exceptions must not cross libcurl, which is C: a short count makes it give up with CURLE_WRITE_ERROR.
std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (size > receiver.max_bytes - receiver.response.body.size()) {
    receiver.too_large = true;
    return 0;
  }
  try {
    receiver.response.body.append(data, size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  try {
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {  // an interim answer (100, or the 401 of a Digest exchange) came before this one
      receiver.response.headers.clear();
      receiver.response.body.clear();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      receiver.response.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return size;
}

bool offers_digest(const HttpResponse& response) {
  return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    if (lower(header.first) != "www-authenticate") return false;
    const std::string value = lower(header.second);
    return value.starts_with("digest ") || value.find(", digest ") != std::string::npos;
  });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; });
}

std::string url_part(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string result(text);
  curl_free(text);
  return result;
}

}  // namespace

struct HttpClient::State {
  explicit State(HttpOptions given) : options(std::move(given)), free(std::max(1, options.max_parallel)) {}

  Result<Easy> take(steady_clock::time_point deadline) {
    std::unique_lock lock(mutex);
    if (!freed.wait_until(lock, deadline, [this] { return free > 0; })) {
      return fail(ErrorKind::timed_out,
                  "all " + std::to_string(options.max_parallel) + " connections were busy until the time-out");
    }
    Easy handle;
    if (!idle.empty()) {
      handle = std::move(idle.back());  // the last one used is the likeliest to be still connected
      idle.pop_back();
    } else {
      handle.reset(curl_easy_init());
      if (!handle) return fail(ErrorKind::internal, "libcurl has no handle for another connection");
    }
    --free;
    return handle;
  }

  void give_back(Easy handle) {
    {
      const std::lock_guard lock(mutex);
      idle.push_back(std::move(handle));
      ++free;
    }
    freed.notify_one();
  }

  Result<HttpResponse> perform(CURL* handle, const HttpRequest& request, const UrlParts& url, bool digest,
                               steady_clock::time_point deadline) const;

  const HttpOptions options;
  std::atomic<bool> use_digest{false};
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<Easy> idle;
  int free;
};

Result<HttpResponse> HttpClient::State::perform(CURL* handle, const HttpRequest& request, const UrlParts& url,
                                                bool digest, steady_clock::time_point deadline) const {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (left <= milliseconds::zero())
    return fail(ErrorKind::timed_out, url.origin() + ": no time left for another request");

  Receiver receiver;
  receiver.max_bytes = options.max_answer_bytes;
  std::array<char, CURL_ERROR_SIZE> what{};
  List headers;
  const auto add_header = [&headers](const std::string& line) {
    curl_slist* list = curl_slist_append(headers.get(), line.c_str());
    if (list == nullptr) throw std::bad_alloc();
    static_cast<void>(headers.release());
    headers.reset(list);
  };
  // Radicale and SOGo do not know 100-continue: each PUT would wait a second for it.
  add_header("Expect:");
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    if (has_control_character(name) || has_control_character(value)) {
      return fail(ErrorKind::internal, "a request header (" + lower(name) + ") holds a control character");
    }
    has_type = has_type || lower(name) == "content-type";
    add_header(name + ": " + value);
  }
  if (request.body && !has_type) add_header("Content-Type:");

  // The handle is never reset: that would forget the Digest nonce, and cost a round trip for each request.
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, what.data());
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "Calmux/" CALMUX_VERSION);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(left, milliseconds{1}).count()));
  curl_easy_setopt(
      handle, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::clamp(options.connect_timeout, milliseconds{1}, std::max(left, milliseconds{1})).count()));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &receiver);
  // POSTFIELDS rather than UPLOAD: Content-Length without asking, and a body that libcurl can send again.
  curl_easy_setopt(handle, CURLOPT_NOBODY, 0L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.body) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  const bool credentials = !options.username.empty() && host_matches(url.host, options.credential_hosts) &&
                           (url.scheme == "https" || !options.credentials_need_tls);
  curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
  curl_easy_setopt(handle, CURLOPT_USERNAME, credentials ? options.username.c_str() : nullptr);
  curl_easy_setopt(handle, CURLOPT_PASSWORD, credentials ? options.password.c_str() : nullptr);

  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, nullptr);
  if (receiver.too_large) {
    return fail(ErrorKind::too_large,
                url.origin() + ": the answer is larger than " + std::to_string(options.max_answer_bytes) + " bytes");
  }
  if (code != CURLE_OK) {
    return fail(classify_curl(code), url.origin() + ": " + (what[0] != '\0' ? what.data() : curl_easy_strerror(code)));
  }
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

HttpClient::HttpClient(HttpOptions options) {
  initialise_curl();
  state_ = std::make_unique<State>(std::move(options));
}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  const auto url = parse_url(request.url);
  if (!url) return fail(ErrorKind::malformed, "not an http or https URL");
  if (url->has_user_info)
    return fail(ErrorKind::malformed, "a URL must not hold a user name or password: set them as options");
  const auto deadline = request.deadline.value_or(steady_clock::now() + state_->options.total_timeout);
  auto handle = state_->take(deadline);
  if (!handle) return tl::unexpected(std::move(handle.error()));
  const bool digest = state_->use_digest;
  Result<HttpResponse> response = fail(ErrorKind::internal, "out of memory");
  try {
    response = state_->perform(handle->get(), request, *url, digest, deadline);
    // Sending Basic at once saves a round trip on nearly every server; a Digest-only one (sabre/dav 1.8) costs one
    // refusal, once.
    if (response && response->status == 401 && !digest && offers_digest(*response) &&
        !state_->options.username.empty()) {
      response = state_->perform(handle->get(), request, *url, true, deadline);
      if (response && response->status != 401) state_->use_digest = true;
    }
  } catch (const std::bad_alloc&) {
    response = fail(ErrorKind::internal, "out of memory");
  }
  state_->give_back(std::move(*handle));
  return response;
}

std::string UrlParts::origin() const {
  const bool usual = (scheme == "https" && port == 443) || (scheme == "http" && port == 80);
  return scheme + "://" + host + (usual ? std::string() : ":" + std::to_string(port));
}

std::optional<UrlParts> parse_url(const std::string& url) {
  const Url parsed(curl_url());
  if (!parsed || has_control_character(url) || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return std::nullopt;
  UrlParts parts;
  parts.scheme = lower(url_part(parsed.get(), CURLUPART_SCHEME));
  if (parts.scheme != "http" && parts.scheme != "https") return std::nullopt;
  parts.host = lower(url_part(parsed.get(), CURLUPART_HOST));
  if (parts.host.empty()) return std::nullopt;
  for (const char digit : url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT))
    parts.port = parts.port * 10 + (digit - '0');
  parts.path = url_part(parsed.get(), CURLUPART_PATH);
  if (parts.path.empty()) parts.path = "/";
  parts.query = url_part(parsed.get(), CURLUPART_QUERY);
  parts.has_user_info =
      !url_part(parsed.get(), CURLUPART_USER).empty() || !url_part(parsed.get(), CURLUPART_PASSWORD).empty();
  return parts;
}

std::optional<std::string> resolve_url(const std::string& base, const std::string& reference) {
  const Url parsed(curl_url());
  if (!parsed || has_control_character(reference) ||
      curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  std::string url = url_part(parsed.get(), CURLUPART_URL);
  if (!parse_url(url)) return std::nullopt;
  return url;
}

bool host_matches(std::string_view host, const std::vector<std::string>& hosts) {
  return std::any_of(hosts.begin(), hosts.end(), [name = lower(host)](const std::string& entry) {
    const std::string allowed = lower(entry);
    return name == allowed || (allowed.starts_with('.') && name.size() > allowed.size() && name.ends_with(allowed));
  });
}

// Which request failed says nothing about whether the server is there, except by these codes. No default: a libcurl
// with a new code shall not compile before somebody has thought about it.
ErrorKind classify_curl(int code) {
  switch (static_cast<CURLcode>(code)) {
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_PARTIAL_FILE:
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_FAIL_REWIND:
  case CURLE_NO_CONNECTION_AVAILABLE:
  case CURLE_INTERFACE_FAILED:
  case CURLE_PROXY:
  case CURLE_QUIC_CONNECT_ERROR:
  case CURLE_UNRECOVERABLE_POLL:
  case CURLE_AGAIN:
  // TLS that cannot be set up is "no connection" too: whatever waits shall wait for the certificate to be put right,
  // not be given up.
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_ENGINE_NOTFOUND:
  case CURLE_SSL_ENGINE_SETFAILED:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_USE_SSL_FAILED:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_SHUTDOWN_FAILED:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_CLIENTCERT:
    return ErrorKind::unavailable;
  case CURLE_OPERATION_TIMEDOUT:
    return ErrorKind::timed_out;
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_URL_MALFORMAT:
    return ErrorKind::malformed;
  case CURLE_FILESIZE_EXCEEDED:
    return ErrorKind::too_large;
  case CURLE_LOGIN_DENIED:
  case CURLE_AUTH_ERROR:
    return ErrorKind::unauthorized;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
  case CURLE_HTTP3:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_TOO_MANY_REDIRECTS:
  case CURLE_HTTP_RETURNED_ERROR:
  case CURLE_RANGE_ERROR:
  case CURLE_BAD_DOWNLOAD_RESUME:
  case CURLE_CHUNK_FAILED:
    return ErrorKind::protocol;
  // Ours to avoid, or of protocols that are not allowed.
  case CURLE_OK:
  case CURLE_FAILED_INIT:
  case CURLE_NOT_BUILT_IN:
  case CURLE_WRITE_ERROR:
  case CURLE_READ_ERROR:
  case CURLE_UPLOAD_FAILED:
  case CURLE_HTTP_POST_ERROR:
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FUNCTION_NOT_FOUND:
  case CURLE_ABORTED_BY_CALLBACK:
  case CURLE_BAD_FUNCTION_ARGUMENT:
  case CURLE_UNKNOWN_OPTION:
  case CURLE_SETOPT_OPTION_SYNTAX:
  case CURLE_RECURSIVE_API_CALL:
  case CURLE_REMOTE_ACCESS_DENIED:
  case CURLE_FTP_ACCEPT_FAILED:
  case CURLE_FTP_WEIRD_PASS_REPLY:
  case CURLE_FTP_ACCEPT_TIMEOUT:
  case CURLE_FTP_WEIRD_PASV_REPLY:
  case CURLE_FTP_WEIRD_227_FORMAT:
  case CURLE_FTP_CANT_GET_HOST:
  case CURLE_FTP_COULDNT_SET_TYPE:
  case CURLE_FTP_COULDNT_RETR_FILE:
  case CURLE_FTP_PORT_FAILED:
  case CURLE_FTP_COULDNT_USE_REST:
  case CURLE_FTP_PRET_FAILED:
  case CURLE_FTP_BAD_FILE_LIST:
  case CURLE_QUOTE_ERROR:
  case CURLE_FILE_COULDNT_READ_FILE:
  case CURLE_LDAP_CANNOT_BIND:
  case CURLE_LDAP_SEARCH_FAILED:
  case CURLE_TFTP_NOTFOUND:
  case CURLE_TFTP_PERM:
  case CURLE_TFTP_ILLEGAL:
  case CURLE_TFTP_UNKNOWNID:
  case CURLE_TFTP_NOSUCHUSER:
  case CURLE_REMOTE_DISK_FULL:
  case CURLE_REMOTE_FILE_EXISTS:
  case CURLE_REMOTE_FILE_NOT_FOUND:
  case CURLE_SSH:
  case CURLE_RTSP_CSEQ_ERROR:
  case CURLE_RTSP_SESSION_ERROR:
  case CURLE_OBSOLETE20:
  case CURLE_OBSOLETE24:
  case CURLE_OBSOLETE29:
  case CURLE_OBSOLETE32:
  case CURLE_OBSOLETE40:
  case CURLE_OBSOLETE44:
  case CURLE_OBSOLETE46:
  case CURLE_OBSOLETE50:
  case CURLE_OBSOLETE51:
  case CURLE_OBSOLETE57:
  case CURLE_OBSOLETE62:
  case CURLE_OBSOLETE75:
  case CURLE_OBSOLETE76:
  case CURL_LAST:
    return ErrorKind::internal;
  }
  return ErrorKind::internal;  // a number that is none of them
}

}  // namespace calmux
