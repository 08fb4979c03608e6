#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "connectors/m365/decode.h"

namespace calmux::m365::testing {

/// A complete Graph event, to be changed by each test.
inline nlohmann::json graph_event() {
  return nlohmann::json::parse(R"({
    "id": "AAMk-single=", "changeKey": "ck1", "uid": null, "iCalUId": null,
    "createdDateTime": "2026-07-18T07:43:57.0651366Z", "lastModifiedDateTime": "2026-07-18T07:45:57.7027949Z",
    "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
    "subject": "Planning", "importance": "high", "sensitivity": "private", "showAs": "tentative", "type": "singleInstance",
    "isAllDay": false, "isCancelled": false, "isReminderOn": true, "reminderMinutesBeforeStart": 15,
    "seriesMasterId": null, "recurrence": null, "onlineMeeting": null, "onlineMeetingUrl": null,
    "responseStatus": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
    "body": {"contentType": "html", "content": "<html><body><p>Agenda</p></body></html>"},
    "start": {"dateTime": "2026-08-04T14:00:00.0000000", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-08-04T15:00:00.0000000", "timeZone": "Europe/Berlin"},
    "location": {"displayName": "Room A"}, "locations": [], "categories": ["Blue"],
    "attendees": [{"type": "required", "status": {"response": "none"}, "emailAddress": {"name": "Bob", "address": "bob@example.test"}}],
    "organizer": {"emailAddress": {"name": "Ann", "address": "ann@example.test"}},
    "webLink": "https://outlook.example.test/item"
  })");
}

/// A flat item of the connector's third generation.
inline nlohmann::json flat_item() {
  return nlohmann::json::parse(R"({
    "ActionType": "added", "IsAdded": true, "IsUpdated": false, "id": "AAMk-flat=", "subject": "Focus",
    "start": "2024-10-18T13:00:00.0000000", "end": "2024-10-18T15:00:00.0000000",
    "startWithTimeZone": "2024-10-18T13:00:00+00:00", "endWithTimeZone": "2024-10-18T15:00:00+00:00",
    "body": "text", "isHtml": true, "responseType": "organizer", "responseTime": "0001-01-01T00:00:00+00:00",
    "createdDateTime": "2024-10-04T22:33:48.865362+00:00", "lastModifiedDateTime": "2024-10-04T22:35:49.5606888+00:00",
    "organizer": "ann@example.test", "timeZone": "UTC", "categories": [], "location": "Desk",
    "requiredAttendees": "bob@example.test;eve@example.test;", "optionalAttendees": "", "resourceAttendees": "room@example.test",
    "importance": "normal", "isAllDay": false, "recurrence": "none", "reminderMinutesBeforeStart": 10, "isReminderOn": false,
    "showAs": "busy", "sensitivity": "normal"
  })");
}

inline Event only(const nlohmann::json& item) {
  const auto events = decode(item);
  if (!events) {
    ADD_FAILURE() << events.error().message;
    return {};
  }
  EXPECT_EQ(events->size(), 1U);
  return events->front();
}

inline Error error_of(const nlohmann::json& item) {
  const auto events = decode(item);
  if (events) {
    ADD_FAILURE() << "accepted: " << item.dump();
    return {};
  }
  return events.error();
}

inline bool warned(const Event& event, const std::string& words) {
  for (const auto& warning : event.warnings) {
    if (warning.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace calmux::m365::testing
