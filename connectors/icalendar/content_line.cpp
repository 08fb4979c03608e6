#include "connectors/icalendar/content_line.h"

#include <algorithm>
#include <array>

namespace calmux::icalendar {

namespace {

using fields::Component;
using fields::Property;

constexpr std::size_t longest = 75;

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == 0x7F;
}

/// What a TEXT value holds as it is: most of it, so that it is copied in runs.
constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = ' '; c < table.size(); ++c) table[c] = c != 0x7F && c != '\\' && c != ',' && c != ';';
  table['\t'] = true;
  return table;
}();

bool is_plain(char c) {
  return plain[static_cast<unsigned char>(c)];
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t character_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

template <std::size_t size>
void write_digits(std::array<char, size>& out, std::size_t at, std::size_t count, int value) {
  for (std::size_t i = count; i-- > 0; value /= 10) out[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string format_date(std::chrono::local_seconds time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 8> out{};
  write_digits(out, 0, 4, static_cast<int>(day.year()));
  write_digits(out, 4, 2, static_cast<int>(static_cast<unsigned>(day.month())));
  write_digits(out, 6, 2, static_cast<int>(static_cast<unsigned>(day.day())));
  return {out.data(), out.size()};
}

std::string format_time(std::chrono::local_seconds time) {
  const auto seconds = static_cast<int>((time - std::chrono::floor<std::chrono::days>(time)).count());
  std::array<char, 7> out{'T'};
  write_digits(out, 1, 2, seconds / 3600);
  write_digits(out, 3, 2, seconds / 60 % 60);
  write_digits(out, 5, 2, seconds % 60);
  return format_date(time).append(out.data(), out.size());
}

std::string unescaped(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = value[i] == '\\' && i + 1 < value.size() ? value[i + 1] : '\0';
    if (next == 'n' || next == 'N') {
      out.push_back('\n');
      ++i;
    } else if (next == '\\' || next == ',' || next == ';' || next == ':' || next == '"') {
      out.push_back(next);
      ++i;
    } else {
      out.push_back(value[i]);
    }
  }
  return out;
}

void ContentLines::put(std::string_view unit) {
  if (column_ + unit.size() > longest) {
    text_ += "\r\n ";
    column_ = 1;
  }
  text_ += unit;
  column_ += unit.size();
}

/// As put() for each character of it.
void ContentLines::put_run(std::string_view text) {
  while (column_ + text.size() > longest) {
    std::size_t fits = longest - column_;
    while (fits > 0 && continues_character(text[fits])) --fits;
    // Bytes that are no UTF-8 may be cut anywhere.
    if (fits == 0 && continues_character(text[0])) fits = longest - column_;
    text_ += text.substr(0, fits);
    text_ += "\r\n ";
    column_ = 1;
    text.remove_prefix(fits);
  }
  text_ += text;
  column_ += text.size();
}

/// A token comes from outside too: a line break in it would be a line of its own.
void ContentLines::put_token(std::string_view text) {
  if (std::ranges::none_of(text, is_control)) return put_run(text);
  std::string cleaned(text);
  std::erase_if(cleaned, is_control);
  put_run(cleaned);
}

void ContentLines::put_escaped(std::string_view text) {
  while (!text.empty()) {
    const auto special = std::ranges::find_if(text, [](char c) { return !is_plain(c); });
    const auto run = static_cast<std::size_t>(special - text.begin());
    put_run(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\n') {
      put("\\n");
    } else if (!is_control(c)) {
      const char escape[] = {'\\', c};
      put({escape, 2});
    }
  }
}

/// RFC 6868 spells the three characters that a parameter cannot hold.
void ContentLines::put_parameter(std::string_view name, std::string_view value) {
  put(";");
  put_token(name);
  put("=");
  const bool quoted = value.find_first_of(":;,") != std::string_view::npos;
  if (quoted) put("\"");
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    const std::size_t length = character_length(c);
    if (c == '^') {
      put("^^");
    } else if (c == '"') {
      put("^'");
    } else if (c == '\n') {
      put("^n");
    } else if (!is_control(c)) {
      put(value.substr(at, length));
    }
    at += length;
  }
  if (quoted) put("\"");
}

void ContentLines::put_value(const fields::Value& value) {
  if (const auto* text = std::get_if<fields::Text>(&value)) {
    put(":");
    put_escaped(text->value);
  } else if (const auto* list = std::get_if<fields::TextList>(&value)) {
    std::string_view separator = ":";
    for (const std::string& item : list->values) {
      put(separator);
      put_escaped(item);
      separator = ",";
    }
  } else if (const auto* token = std::get_if<fields::Token>(&value)) {
    put(":");
    put_token(token->value);
  } else if (const auto* date = std::get_if<DateValue>(&value)) {
    switch (date->kind) {
    case DateValue::Kind::date:
      put(";VALUE=DATE:");
      put(format_date(date->local));
      return;
    case DateValue::Kind::utc:
      put(":");
      put(format_time(std::chrono::local_seconds{date->instant.time_since_epoch()}));
      put("Z");
      return;
    case DateValue::Kind::zoned:
      put_parameter("TZID", date->tzid);
      put(":");
      put(format_time(date->local));
      return;
    }
  }
}

void ContentLines::end_line() {
  text_ += "\r\n";
  column_ = 0;
}

void ContentLines::add(std::string_view name, std::string_view value) {
  put_token(name);
  put(":");
  put_token(value);
  end_line();
}

void ContentLines::add(const Property& property) {
  put_token(property.name);
  for (const auto& [name, value] : property.parameters) put_parameter(name, value);
  put_value(property.value);
  end_line();
}

void ContentLines::add(const Component& component) {
  add("BEGIN", component.name);
  for (const Property& property : component.properties) add(property);
  for (const Component& inner : component.components) add(inner);
  add("END", component.name);
}

}  // namespace calmux::icalendar
