#include "postgres/binary_array.h"

#include <array>
#include <pqxx/binarystring>

namespace calmux::postgres {

namespace {

template <class Unsigned>
std::array<char, sizeof(Unsigned)> big_endian(Unsigned value) {
  std::array<char, sizeof(Unsigned)> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * (bytes.size() - 1 - i))));
  }
  return bytes;
}

void append(std::string& to, std::uint32_t value) {
  const auto bytes = big_endian(value);
  to.append(bytes.data(), bytes.size());
}

}  // namespace

void BinaryArray::add(std::string_view text) {
  append(bytes_, static_cast<std::uint32_t>(text.size()));
  bytes_.append(text);
  ++count_;
}

void BinaryArray::add(std::int64_t number) {
  append(bytes_, std::uint32_t{8});
  const auto bytes = big_endian(static_cast<std::uint64_t>(number));
  bytes_.append(bytes.data(), bytes.size());
  ++count_;
}

void BinaryArray::add_null() {
  append(bytes_, ~std::uint32_t{0});
  has_null_ = true;
  ++count_;
}

pqxx::binarystring BinaryArray::parameter() {
  std::string header;
  // An empty array has no dimensions, and then nothing follows its element type.
  append(header, count_ == 0 ? 0U : 1U);
  append(header, has_null_ ? 1U : 0U);
  append(header, static_cast<std::uint32_t>(element_));
  append(header, static_cast<std::uint32_t>(count_));
  append(header, std::uint32_t{1});
  bytes_.replace(0, header_size, header);
  return pqxx::binarystring(bytes_.data(), count_ == 0 ? 12 : bytes_.size());
}

}  // namespace calmux::postgres
