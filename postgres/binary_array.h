#pragma once

#include <cstddef>
#include <cstdint>
#include <pqxx/binarystring>
#include <string>
#include <string_view>

namespace calmux::postgres {

/// A one-dimensional array parameter in PostgreSQL's binary format (array_send in src/backend/utils/adt/arrayfuncs.c):
/// nothing is escaped, printed or parsed, which is most of what a large text parameter costs on both sides. The
/// statement must say the type (`$1::text[]`). A text with NUL or invalid UTF-8 is refused by the server as 22021.
class BinaryArray {
 public:
  enum class Element : std::uint32_t { int8 = 20, text = 25 };  ///< the types' object ids, fixed in pg_type.dat

  explicit BinaryArray(Element element) : element_(element) { bytes_.resize(header_size); }

  void add(std::string_view text);
  void add(std::int64_t number);
  void add_null();

  std::size_t size() const { return count_; }
  /// The parameter; call once, at the end.
  pqxx::binarystring parameter();

 private:
  static constexpr std::size_t header_size = 20;

  Element element_;
  std::size_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

inline BinaryArray text_array() {
  return BinaryArray(BinaryArray::Element::text);
}
inline BinaryArray int8_array() {
  return BinaryArray(BinaryArray::Element::int8);
}

}  // namespace calmux::postgres
