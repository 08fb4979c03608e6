#pragma once

#include <string>

#include "connectors/m365/members.h"
#include "mappings/event.h"

namespace calmux::m365 {

/// The item's id under any of its names. An error in the reading where it is missing, no text, too long for a key, or
/// holds control characters: they would be cut or changed on the way, and ids are compared byte by byte.
std::string read_id(const Members& item);

/// lastModifiedDateTime under any of its names.
std::optional<SourceTime> read_last_modified(const Members& item);

}  // namespace calmux::m365
