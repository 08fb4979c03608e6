#pragma once

#include <string_view>

#include "mappings/fold.h"
#include "postgres/inbox.h"
#include "postgres/object_store.h"

namespace calmux::postgres {

// Persisted names: they stand in CHECK constraints and in stored rows. Add, never change.

const char* name_of(Operation operation);
Operation operation_named(std::string_view name);
const char* name_of(Media media);
Media media_named(std::string_view name);
const char* name_of(WriteResult result);

}  // namespace calmux::postgres
