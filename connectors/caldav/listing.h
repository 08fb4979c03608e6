#pragma once

#include <vector>

#include "connectors/caldav/discovery.h"

namespace calmux::caldav {

/// Every resource's canonical href and ETag, from one PROPFIND of depth 1. Complete, or an error: a deletion may follow
/// from what is not in it. Read to its end before anything is believed, the collection itself must be in it, and no
/// resource may lack its ETag.
Result<std::vector<RemoteObject>> list_calendar(DavClient& client, const Calendar& calendar, Deadline deadline);

}  // namespace calmux::caldav
