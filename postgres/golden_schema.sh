#!/bin/bash
# Prints the schema of a migrated database, without what differs between servers: postgres/schema.sql is what this printed last.
# After adding a migration: migrate an empty database, then postgres/golden_schema.sh URL > postgres/schema.sql
set -euo pipefail

[ $# = 1 ] || {
  echo "usage: postgres/golden_schema.sh DATABASE_URL" >&2
  exit 2
}
pg_dump --schema-only --no-owner --no-privileges "$1" |
  sed -E '/^--/d; /^SET /d; /^SELECT pg_catalog\.set_config/d; /^\\(un)?restrict/d' | cat -s | sed '1{/^$/d}; ${/^$/d}'
