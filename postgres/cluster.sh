#!/bin/bash
# A private PostgreSQL 15 cluster in one folder, reachable through a unix socket only. Its superuser is "calmux".
#
# usage: postgres/cluster.sh COMMAND FOLDER [DATABASE]
#   run     makes the cluster where it is missing and becomes the server, in the foreground
#   start   the same in the background; returns once it accepts connections
#   stop    ends it (fast: open transactions are rolled back)
#   ready   exit 0 if it accepts connections
#   create  creates DATABASE where it is missing
#   url     prints the connection string of DATABASE
set -euo pipefail

readonly bin=/usr/lib/postgresql/15/bin
readonly role=calmux

die() {
  echo "run: $*" >&2
  exit 1
}

[ $# -ge 2 ] || die "postgres/cluster.sh wants a command and a folder; see its first lines"
readonly command=$1 database=${3:-calmux}
folder=$(realpath -m -- "$2")
readonly folder data=$folder/data
[ -x "$bin/postgres" ] || die "PostgreSQL 15 is not installed: ./run deps"

# PostgreSQL refuses to run as root, so root lends it an unprivileged account: that of the data, where there is some.
owner=$(id -un)
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  [ ! -d "$data" ] || owner=$(stat -c %U -- "$data")
fi
readonly owner

# Runs a command as the cluster's owner, with nothing of our environment: it may hold secrets of other parts.
as_owner() {
  local -a prefix=(env -i "PATH=$PATH" LC_ALL=C.UTF-8 TZ=UTC)
  if [ "$(id -u)" = 0 ]; then
    prefix+=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --init-groups)
    # Below a folder that only root may enter (/root, mktemp -d) the account cannot reach its own data without this capability.
    "${prefix[@]}" test -x "$folder" || prefix+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
  fi
  cd /
  "${1}_with" "${prefix[@]}" "${@:2}"
}
call_with() { "$@"; }
become_with() { exec "$@"; }

# The kernel takes 107 bytes for a socket's path; a deep folder gets a short one under /tmp that only the owner may enter.
socket_folder() {
  local place=$folder/socket
  local LC_ALL=C
  if [ $((${#place} + 14)) -gt 107 ]; then
    place=/tmp/calmux-$(id -u "$owner")-$(printf %s "$folder" | sha256sum | head -c 16)
  fi
  printf %s "$place"
}

own_folder() {
  [ -d "$1" ] || mkdir -m 700 -- "$1"
  [ ! -L "$1" ] || die "$1 is a symbolic link: remove it"
  [ "$(id -u)" != 0 ] || chown "$owner:" -- "$1"
  [ "$(stat -c %U -- "$1")" = "$owner" ] || die "$1 belongs to $(stat -c %U -- "$1"), not to $owner: remove it"
  chmod 700 -- "$1"
}

processes_in_data() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/cwd" 2>/dev/null)" = "$data" ]; then echo "${process#/proc/}"; fi
  done
}

# After a crash the server's children need a moment to notice; a second server beside them would damage the data. And the
# lock file's process number may by now be somebody else's, which PostgreSQL would take for a running server.
clear_after_crash() {
  local lock=$data/postmaster.pid number tries=0
  [ -e "$lock" ] || return 0
  number=$(head -n 1 "$lock")
  while [ -n "$(processes_in_data)" ]; do
    [ "$(readlink "/proc/$number/cwd" 2>/dev/null)" != "$data" ] || die "PostgreSQL already runs in $folder (process $number)"
    tries=$((tries + 1))
    [ $tries -lt 100 ] || die "processes of an earlier PostgreSQL still use $data: $(processes_in_data | xargs)"
    sleep 0.1
  done
  rm -f -- "$lock" "$(socket_folder)"/.s.PGSQL.5432*
}

prepare() {
  mkdir -p -- "$(dirname "$folder")"
  own_folder "$folder"
  own_folder "$(socket_folder)"
  if [ ! -d "$data" ]; then
    # Made aside and renamed, so that an interrupted initdb is never taken for a cluster.
    rm -rf -- "$data.new"
    as_owner call "$bin/initdb" --pgdata="$data.new" --username="$role" --encoding=UTF8 --locale=C.UTF-8 \
      --auth=trust --data-checksums --no-instructions >"$folder/initdb.log" 2>&1 ||
      { tail -n 5 "$folder/initdb.log" >&2; die "initdb failed; its output: $folder/initdb.log"; }
    # Trust is safe here: the socket's folder has mode 700, and there is no TCP listener.
    echo 'local all all trust' >"$data.new/pg_hba.conf"
    mv -- "$data.new" "$data"
  fi
  clear_after_crash
}

encode() {
  local LC_ALL=C text=$1 i c
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $c in
      [A-Za-z0-9._~-]) printf %s "$c" ;;
      *) printf %%%02X "'$c" ;;
    esac
  done
}

url() { printf 'postgresql://%s@/%s?host=%s\n' "$role" "$1" "$(encode "$(socket_folder)")"; }

query() { psql -qXAt -v ON_ERROR_STOP=1 -d "$(url postgres)" "$@"; }

case $command in
  run)
    prepare
    place=$(socket_folder)
    as_owner become "$bin/postgres" -D "$data" -c listen_addresses= -c port=5432 -c unix_socket_permissions=0700 \
      -c "unix_socket_directories=\"${place//\"/\"\"}\"" -c log_timezone=UTC -c timezone=UTC
    ;;
  start)
    if "$bin/pg_isready" -q -d "$(url postgres)"; then exit 0; fi
    mkdir -p -- "$folder"
    setsid "$0" run "$folder" </dev/null >>"$folder.log" 2>&1 &
    for ((i = 0; i < 600; i++)); do
      "$bin/pg_isready" -q -d "$(url postgres)" && exit 0
      kill -0 $! 2>/dev/null || break
      sleep 0.1
    done
    tail -n 5 "$folder.log" >&2
    die "PostgreSQL did not start in $folder; its output: $folder.log"
    ;;
  stop)
    [ ! -e "$data/postmaster.pid" ] || as_owner call "$bin/pg_ctl" -s -w -t 60 -D "$data" -m fast stop
    ;;
  ready) "$bin/pg_isready" -q -d "$(url postgres)" ;;
  create)
    [[ $database =~ ^[a-z_][a-z0-9_]*$ ]] || die "not a database name: $database"
    [ "$(query -c "SELECT 1 FROM pg_database WHERE datname = '$database'")" = 1 ] || query -c "CREATE DATABASE $database"
    ;;
  url) url "$database" ;;
  *) die "postgres/cluster.sh: unknown command $command" ;;
esac
