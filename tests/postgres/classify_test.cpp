#include <gtest/gtest.h>

#include <new>
#include <pqxx/pqxx>

#include "postgres/pool.h"

namespace calmux::postgres {
namespace {

struct Case {
  const char* sqlstate;
  ErrorKind kind;
};

TEST(Classify, sqlstates_say_what_the_caller_can_do) {
  const Case cases[] = {
      {"", ErrorKind::database_unavailable},       // the connection broke
      {"08000", ErrorKind::database_unavailable},  // connection_exception
      {"08006", ErrorKind::database_unavailable},  // connection_failure
      {"08007", ErrorKind::database_in_doubt},     // transaction_resolution_unknown
      {"57P01", ErrorKind::database_unavailable},  // admin_shutdown
      {"57P02", ErrorKind::database_unavailable},  // crash_shutdown
      {"57P03", ErrorKind::database_unavailable},  // cannot_connect_now
      {"57P05", ErrorKind::database_unavailable},  // idle_session_timeout
      {"53100", ErrorKind::database_unavailable},  // disk_full
      {"53300", ErrorKind::database_unavailable},  // too_many_connections
      {"58030", ErrorKind::database_unavailable},  // io_error
      {"25006", ErrorKind::database_unavailable},  // read_only_sql_transaction
      {"25P03", ErrorKind::database_unavailable},  // idle_in_transaction_session_timeout
      {"28P01", ErrorKind::database_unavailable},  // invalid_password
      {"3D000", ErrorKind::database_unavailable},  // invalid_catalog_name
      {"40001", ErrorKind::database_conflict},     // serialization_failure
      {"40P01", ErrorKind::database_conflict},     // deadlock_detected
      {"40003", ErrorKind::database_in_doubt},     // statement_completion_unknown
      {"55P03", ErrorKind::database_conflict},     // lock_not_available
      {"57014", ErrorKind::database_conflict},     // query_canceled
      {"26000", ErrorKind::database_conflict},     // invalid_sql_statement_name
      {"0A000", ErrorKind::database_conflict},     // cached plan must not change result type
      {"23505", ErrorKind::database_refused},      // unique_violation
      {"23514", ErrorKind::database_refused},      // check_violation
      {"22021", ErrorKind::database_refused},      // character_not_in_repertoire
      {"22P05", ErrorKind::database_refused},      // untranslatable_character
      {"54000", ErrorKind::database_refused},      // program_limit_exceeded
      {"42P01", ErrorKind::internal},              // undefined_table
      {"42601", ErrorKind::internal},              // syntax_error
      {"XX000", ErrorKind::internal},
      {"weird", ErrorKind::internal},
      {"1", ErrorKind::internal},
  };
  for (const auto& one : cases) EXPECT_EQ(classify_sqlstate(one.sqlstate), one.kind) << one.sqlstate;
}

template <class Exception>
ErrorKind kind_of(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return classify_current_exception().kind;
  }
}

TEST(Classify, exceptions_that_carry_no_sqlstate_are_told_by_their_type) {
  EXPECT_EQ(kind_of(pqxx::in_doubt_error("?")), ErrorKind::database_in_doubt);
  EXPECT_EQ(kind_of(pqxx::statement_completion_unknown("?")), ErrorKind::database_in_doubt);
  EXPECT_EQ(kind_of(pqxx::serialization_failure("?")), ErrorKind::database_conflict);
  EXPECT_EQ(kind_of(pqxx::deadlock_detected("?")), ErrorKind::database_conflict);
  EXPECT_EQ(kind_of(pqxx::broken_connection("?")), ErrorKind::database_unavailable);
  EXPECT_EQ(kind_of(pqxx::too_many_connections("?")), ErrorKind::database_unavailable);
  EXPECT_EQ(kind_of(pqxx::sql_error("?", "SELECT")), ErrorKind::database_unavailable);
  EXPECT_EQ(kind_of(pqxx::unique_violation("?", "INSERT", "23505")), ErrorKind::database_refused);
  EXPECT_EQ(kind_of(pqxx::usage_error("?")), ErrorKind::internal);
  EXPECT_EQ(kind_of(pqxx::unexpected_rows("?")), ErrorKind::internal);
  EXPECT_EQ(kind_of(std::bad_alloc()), ErrorKind::internal);
  EXPECT_EQ(kind_of(42), ErrorKind::internal);
}

}  // namespace
}  // namespace calmux::postgres
