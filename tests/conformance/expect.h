#pragma once

#include <gtest/gtest.h>

#include "mappings/error.h"

/// A Result that must hold a value; on failure the test ends with the error's wording.
#define ASSERT_OK(result)                                                                                   \
  do {                                                                                                      \
    const auto& checked_ = (result);                                                                        \
    ASSERT_TRUE(checked_.has_value()) << (checked_.has_value() ? std::string() : checked_.error().message); \
  } while (false)

/// A Result that must hold an error of this kind.
#define EXPECT_FAILS(result, wanted)                                        \
  do {                                                                      \
    const auto& checked_ = (result);                                        \
    if (checked_.has_value()) {                                             \
      ADD_FAILURE() << #result " succeeded";                                \
    } else {                                                                \
      EXPECT_EQ(checked_.error().kind, wanted) << checked_.error().message; \
      EXPECT_FALSE(checked_.error().message.empty());                       \
    }                                                                       \
  } while (false)
