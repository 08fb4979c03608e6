#include "connectors/m365/words.h"

#include <array>
#include <limits>

namespace calmux::m365 {
namespace {

constexpr std::int64_t no_number = std::numeric_limits<std::int64_t>::min();

template <class Enum>
struct Word {
  Enum value;
  std::string_view text;            ///< lower case
  std::int64_t number = no_number;  ///< what the older connector sends
};

constexpr std::array<Word<ShowAs>, 7> show_as_words{{{ShowAs::free, "free", 0},
                                                     {ShowAs::tentative, "tentative", 1},
                                                     {ShowAs::busy, "busy", 2},
                                                     {ShowAs::oof, "oof", 3},
                                                     {ShowAs::working_elsewhere, "workingelsewhere", 4},
                                                     {ShowAs::unknown, "unknown", -1},
                                                     {ShowAs::oof, "outofoffice"}}};
constexpr std::array<Word<Sensitivity>, 4> sensitivity_words{{{Sensitivity::normal, "normal", 0},
                                                              {Sensitivity::personal, "personal", 1},
                                                              {Sensitivity::private_, "private", 2},
                                                              {Sensitivity::confidential, "confidential", 3}}};
constexpr std::array<Word<Importance>, 3> importance_words{
    {{Importance::low, "low", 0}, {Importance::normal, "normal", 1}, {Importance::high, "high", 2}}};
constexpr std::array<Word<ResponseType>, 6> response_words{
    {{ResponseType::none, "none", 0},
     {ResponseType::organizer, "organizer", 1},
     {ResponseType::tentatively_accepted, "tentativelyaccepted", 2},
     {ResponseType::accepted, "accepted", 3},
     {ResponseType::declined, "declined", 4},
     {ResponseType::not_responded, "notresponded", 5}}};
constexpr std::array<Word<EventType>, 4> type_words{{{EventType::single, "singleinstance"},
                                                     {EventType::occurrence, "occurrence"},
                                                     {EventType::exception, "exception"},
                                                     {EventType::master, "seriesmaster"}}};

template <class Enum, std::size_t n>
std::optional<Enum> read_word(const Members& item, std::string_view name, const std::array<Word<Enum>, n>& words) {
  const auto* value = item.find(name);
  if (!value) return std::nullopt;
  if (value->is_number_integer()) {
    const auto number = value->get<std::int64_t>();
    for (const auto& word : words) {
      if (word.number != no_number && word.number == number) return word.value;
    }
  } else if (value->is_string()) {
    const std::string text = lower_case(trimmed(value->template get_ref<const std::string&>()));
    for (const auto& word : words) {
      if (word.text == text) return word.value;
    }
  } else {
    item.wrong(name, "a word");
    return std::nullopt;
  }
  item.reading().warn(item.path_of(name) + ": " + described(*value) + " is not known and was ignored.");
  return std::nullopt;
}

}  // namespace

ShowAs read_show_as(const Members& item) {
  return read_word(item, "showas", show_as_words).value_or(ShowAs::busy);
}

Sensitivity read_sensitivity(const Members& item) {
  return read_word(item, "sensitivity", sensitivity_words).value_or(Sensitivity::normal);
}

Importance read_importance(const Members& item) {
  return read_word(item, "importance", importance_words).value_or(Importance::normal);
}

ResponseType read_response(const Members& item) {
  if (const auto* status = item.find("responsestatus"); status && status->is_object()) {
    if (const auto inner = item.object("responsestatus"); inner->has("response")) {
      return read_word(*inner, "response", response_words).value_or(ResponseType::none);
    }
  } else if (status) {
    return read_word(item, "responsestatus", response_words).value_or(ResponseType::none);
  }
  return read_word(item, "responsetype", response_words).value_or(ResponseType::none);
}

EventType read_type(const Members& item) {
  if (const auto type = read_word(item, "type", type_words)) return *type;
  if (item.has("seriesmasterid")) return EventType::occurrence;
  if (const auto* recurrence = item.find("recurrence"); recurrence && recurrence->is_object()) {
    const auto pattern = Members(*recurrence, {}, item.reading()).object("pattern");
    if (pattern && pattern->has("type")) return EventType::master;
  }
  return EventType::single;
}

}  // namespace calmux::m365
