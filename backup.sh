#!/bin/bash
# Backs up what Calmux knows (its PostgreSQL database) and, where the embedded CalDAV server is used, the calendars.
#
# usage: ./backup.sh create [FOLDER]    writes FOLDER/calmux-<time>/ (FOLDER: var/backups) and prints its name
#        ./backup.sh verify BACKUP      checks its checksums and that the dump can be read
#        ./backup.sh restore BACKUP     puts it back; the stack must not be running
#
# The database is the one that DATABASE_URL names, in the environment or .env, else the embedded one in $CALMUX_VAR (var/).
# A CalDAV server of your own is not backed up here: back it up where it runs. What Calmux wrote to it can be written again
# from the database: calmux reconcile.
set -euo pipefail
umask 077

die() {
  echo "backup: $*" >&2
  exit 1
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
var=$(realpath -m -- "${CALMUX_VAR:-$top/var}")
cluster=$top/postgres/cluster.sh
calendars=$var/radicale/storage
started=

stop_what_was_started() { [ -z "$started" ] || "$cluster" stop "$var/postgres"; }
trap stop_what_was_started EXIT

# The embedded database is started for as long as it is needed.
find_database() {
  if [ -z "${DATABASE_URL:-}" ] && [ -r "$top/.env" ]; then
    DATABASE_URL=$(sed -n 's/^DATABASE_URL=//p' "$top/.env" | tail -n 1 | tr -d "\"'\r")
  fi
  embedded=
  if [ -z "${DATABASE_URL:-}" ]; then
    embedded=yes
    [ -d "$var/postgres/data" ] || [ "$1" = restore ] || die "no DATABASE_URL, and no embedded database in $var"
    if ! "$cluster" ready "$var/postgres"; then
      "$cluster" start "$var/postgres"
      started=yes
    fi
    DATABASE_URL=$("$cluster" url "$var/postgres" calmux)
  fi
}

create() {
  local folder=${1:-$var/backups} name target
  find_database create
  name=calmux-$(date -u +%Y%m%dT%H%M%SZ)
  target=$(realpath -m -- "$folder")/$name
  [ ! -e "$target" ] || die "$target is there already"
  mkdir -p -- "$target.part"
  # The calendars come second: what they hold beyond the dump is found and adopted, not written twice.
  pg_dump --format=custom --no-owner --file="$target.part/database.dump" --dbname="$DATABASE_URL"
  if [ $embedded ] && [ -d "$calendars" ]; then
    # Radicale writes under this lock, so the archive is of one moment.
    touch "$calendars/.Radicale.lock"
    flock -s "$calendars/.Radicale.lock" tar -C "$calendars" --exclude=.Radicale.lock --exclude=.Radicale.cache -cf "$target.part/calendars.tar" .
  fi
  (cd "$target.part" && sha256sum -- * >SHA256SUMS)
  mv -- "$target.part" "$target"
  verify "$target" >/dev/null
  echo "$target"
}

verify() {
  [ -r "$1/SHA256SUMS" ] || die "$1 is no backup of this script, or an interrupted one"
  (cd "$1" && sha256sum --quiet --strict -c SHA256SUMS) || die "$1 is damaged"
  pg_restore --list "$1/database.dump" >/dev/null || die "$1/database.dump cannot be read"
  [ ! -e "$1/calendars.tar" ] || tar -tf "$1/calendars.tar" >/dev/null || die "$1/calendars.tar cannot be read"
  echo "$1 is whole."
}

restore() {
  verify "$1" >/dev/null
  [ ! -e "$var/run/lock" ] || flock -n "$var/run/lock" true || die "the stack is running: ./run stop first"
  find_database restore
  [ ! $embedded ] || "$cluster" create "$var/postgres" calmux
  # One transaction: either all of it, or the database stays as it is. What a newer version added must not stay behind, so the
  # schema goes first; and the script is complete before it begins, since a dump that breaks off would end in a commit.
  local script kept=
  script=$(mktemp)
  echo 'DROP SCHEMA public CASCADE; CREATE SCHEMA public;' >"$script"
  pg_restore --no-owner --file=- "$1/database.dump" >>"$script" || die "$1/database.dump cannot be read"
  PGOPTIONS="-c client_min_messages=warning" psql -qX -v ON_ERROR_STOP=1 --single-transaction --dbname="$DATABASE_URL" --file="$script" >/dev/null
  rm -f -- "$script"
  if [ $embedded ] && [ -e "$1/calendars.tar" ]; then
    rm -rf -- "$calendars.new"
    mkdir -p -- "$calendars.new"
    tar -C "$calendars.new" -xf "$1/calendars.tar"
    if [ -d "$calendars" ]; then
      kept=$calendars.before-$(date -u +%Y%m%dT%H%M%SZ)
      mv -- "$calendars" "$kept"
    fi
    mv -- "$calendars.new" "$calendars"
  fi
  echo "Restored $1.${kept:+ The calendars as they were before: $kept}"
}

case ${1:-} in
  create) create "${@:2}" ;;
  verify | restore)
    [ $# -eq 2 ] || die "$1 wants a backup's folder"
    "$1" "$(realpath -- "$2")"
    ;;
  *)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
