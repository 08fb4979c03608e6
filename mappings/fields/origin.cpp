#include "mappings/fields/origin.h"

#include <cstdint>

#include "mappings/fields/event_properties.h"

namespace calmux::fields {

namespace {

/// FNV-1a. The value only has to be stable and to differ between objects; nothing is kept secret by it.
std::uint64_t hash(std::string_view text, std::uint64_t state) {
  for (const char c : text) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3ULL;
  }
  return state;
}

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back("0123456789abcdef"[(value >> shift) & 0xF]);
}

}  // namespace

std::string origin_stamp(std::string_view uid) {
  std::string stamp = "1-";
  append_hex(stamp, hash(uid, 0xcbf29ce484222325ULL));
  append_hex(stamp, hash(uid, 0x9ae16a3b2f90404fULL));
  return stamp;
}

void origin(const EventView& view, Component& out) {
  out.add(std::string(origin_property), Token{origin_stamp(view.uid)});
}

}  // namespace calmux::fields
