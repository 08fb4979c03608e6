#!/bin/bash
# The embedded stack: PostgreSQL, a CalDAV server, calmux and Caddy on loopback, watched over by one supervisor.
#
# usage: middleware/stack.sh serve    in the foreground, from the environment and .env; Ctrl-C ends all
#        middleware/stack.sh demo     detached, nothing from .env, a database and a calendar of its own; returns once it serves
#        middleware/stack.sh stop     ends what either left
#
# In $CALMUX_VAR: secrets (made once, kept), run.env (what is running now), run/ (process numbers), log/ and each part's data.
# The supervisor holds a lock on run/lock for as long as it lives, so the kernel, not a file, says whether one is there.
set -euo pipefail
umask 077

die() {
  echo "run: $*" >&2
  exit 1
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly top
var=$(realpath -m -- "${CALMUX_VAR:-$top/var}")
readonly var
readonly run=$var/run logs=$var/log
readonly parts=(postgres caldav calmux caddy) # in the order of starting
declare -A pid=() born=() wait_until=() delay=()

# ---------------------------------------------------------------- processes

# A process number alone may be somebody else's by now; with its start time it is not.
start_time() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] || return 1
  echo "${fields[19]}"
}

remember() { echo "$2 $(start_time "$2")" >"$run/$1.pid.new" && mv "$run/$1.pid.new" "$run/$1.pid"; }

# Prints the number of a part that is alive.
alive() {
  local number born
  read -r number born 2>/dev/null <"$run/$1.pid" || return 1
  [ "$(start_time "$number")" = "$born" ] && echo "$number"
}

# end PART SIGNAL SECONDS: asks, waits, and in the end insists.
end() {
  local number i
  number=$(alive "$1") || { rm -f -- "$run/$1.pid"; return 0; }
  kill "-$2" "$number" 2>/dev/null || true
  for ((i = 0; i < $3 * 10; i++)); do
    alive "$1" >/dev/null || break
    sleep 0.1
  done
  if number=$(alive "$1"); then
    # PostgreSQL's children end by themselves when it is gone.
    kill -KILL "$number" 2>/dev/null || true
  fi
  rm -f -- "$run/$1.pid"
}

# From the outside in: nobody is let in any more, what was taken is finished, then what it needs goes.
end_parts() {
  end caddy TERM 10
  end calmux TERM 20
  end caldav TERM 5
  end postgres INT 30
  rm -f -- "$var/run.env"
}

locked() { [ -e "$run/lock" ] && ! flock -n "$run/lock" true; }

stop() {
  local i
  [ -d "$run" ] || return 0
  if locked && alive supervisor >/dev/null; then
    kill -TERM "$(alive supervisor)" 2>/dev/null || true
    for ((i = 0; i < 700; i++)); do
      locked || break
      sleep 0.1
    done
  fi
  end supervisor KILL 1
  end_parts
}

own_folders() {
  # 755, so that PostgreSQL's account can get to its data; each folder below is closed to others.
  { { [ -d "$var" ] || (umask 022 && mkdir -p -- "$var"); } && mkdir -p -- "$run" "$logs" && [ -w "$var" ] && [ -w "$run" ] && [ -w "$logs" ]; } 2>/dev/null ||
    die "$var cannot be written by $(id -un): set CALMUX_VAR to a folder of your own"
}

# ---------------------------------------------------------------- settings

# KEY=VALUE lines, read and not executed; the environment wins. Names that steer the shell or the loader are not settings.
read_env_file() {
  local line name value
  [ -r "$1" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Z][A-Z0-9_]*)=(.*)$ ]] || {
      [[ $line =~ ^[[:space:]]*(#.*)?$ ]] || die "$1: this line is not KEY=VALUE: ${line%%=*}"
      continue
    }
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
    case $name in PATH | IFS | ENV | HOME | UID | EUID | PPID | SHELLOPTS | BASH* | LD_*) continue ;; esac
    if [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]]; then
      value=${BASH_REMATCH[1]}
    else
      value=${value%%[[:space:]]#*}
      value=${value%"${value##*[![:space:]]}"}
    fi
    # An empty value in the file is "not set": the template's lines may stay as they are.
    if [ -z "${!name+set}" ] && [ -n "$value" ]; then export "$name=$value"; fi
  done <"$1"
}

secret() {
  [ -s "$var/secrets/$1" ] || { openssl rand -hex 24 >"$var/secrets/$1.new" && mv "$var/secrets/$1.new" "$var/secrets/$1"; }
  cat "$var/secrets/$1"
}

settings() {
  local mode=$1 name file
  if [ "$mode" = demo ]; then
    # A sample must never reach somebody's real calendar or database, nor a user's rules the sample.
    for name in $(compgen -e); do
      case $name in DATABASE_URL* | CALDAV_* | API_KEY* | SOURCE_PRIORITY_* | CONFLICT_RESOLUTION | MAX_EVENT_AGE_DAYS | \
        CALMUX_CANCELLED* | CALMUX_WORKSPACE | CALMUX_ADDRESS | LOG_FILE) unset "$name" ;; esac
    done
    export CALDAV_CALENDAR_NAME=demo
  else
    read_env_file "$top/.env"
    for name in API_KEY DATABASE_URL CALDAV_PASSWORD; do
      # A secret may lie in a file of its own, as container engines hand them in.
      file=${name}_FILE
      if [ -z "${!name:-}" ] && [ -n "${!file:-}" ]; then export "$name=$(<"${!file}")"; fi
    done
  fi
  : "${CALMUX_PORT:=5000}" "${CALMUX_CADDY_HTTP_PORT:=8080}" "${CALMUX_CADDY_HTTPS_PORT:=8443}" "${CALMUX_CALDAV_PORT:=5232}"
  : "${CALDAV_CALENDAR_NAME:=consolidated}"
  export CALMUX_PORT CALMUX_CADDY_HTTP_PORT CALMUX_CADDY_HTTPS_PORT CALDAV_CALENDAR_NAME

  embedded_postgres=yes embedded_caldav=yes
  [ -z "${DATABASE_URL:-}" ] || embedded_postgres=
  [ -z "${CALDAV_URL:-}" ] || embedded_caldav=

  mkdir -p -- "$var/secrets"
  [ -n "${API_KEY:-}" ] || API_KEY=$(secret api_key)
  export API_KEY
  if [ $embedded_postgres ]; then
    database=calmux
    [ "$mode" != demo ] || database=calmux_demo
    DATABASE_URL=$("$top/postgres/cluster.sh" url "$var/postgres" "$database")
    export DATABASE_URL
  fi
  if [ $embedded_caldav ]; then
    export CALDAV_USERNAME=${CALDAV_USERNAME:-calmux}
    [ -n "${CALDAV_PASSWORD:-}" ] || CALDAV_PASSWORD=$(secret caldav_password)
    export CALDAV_PASSWORD
    caldav_path=/$CALDAV_USERNAME caldav_start=/$CALDAV_USERNAME/
    caldav_upstream=http://127.0.0.1:$CALMUX_CALDAV_PORT
    export CALDAV_URL=$caldav_upstream$caldav_path/$CALDAV_CALENDAR_NAME/
  else
    # What lies under the first part of its path is passed through under the same path, so that its hrefs stay true.
    [[ $CALDAV_URL =~ ^(https?://[^/]+)(/[^/]*)?(.*)$ ]] || die "CALDAV_URL is neither http:// nor https://"
    caldav_upstream=${BASH_REMATCH[1]} caldav_path=${BASH_REMATCH[2]%/} caldav_start=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
    [[ $caldav_upstream =~ :[0-9]+$ ]] || case $caldav_upstream in https:*) caldav_upstream+=:443 ;; *) caldav_upstream+=:80 ;; esac
  fi
  case $caldav_path in /api | /.well-known) die "CALDAV_URL: the path $caldav_path is Calmux's own" ;; esac
}

check_ports() {
  local -a wanted=(CALMUX_PORT CALMUX_CADDY_HTTP_PORT CALMUX_CADDY_HTTPS_PORT)
  local name other
  [ ! $embedded_caldav ] || wanted+=(CALMUX_CALDAV_PORT)
  for name in "${wanted[@]}"; do
    [[ ${!name} =~ ^[1-9][0-9]{0,4}$ && ${!name} -le 65535 ]] || die "$name=${!name} is not a port: give a number from 1 to 65535"
    for other in "${wanted[@]}"; do
      [ "$other" = "$name" ] || [ "${!other}" != "${!name}" ] || die "$name and $other are both ${!name}: give each a port of its own"
    done
    # To bind it is the only sure way to know: a connection that happens to use it takes it too.
    if ! /usr/bin/python3 -c 'import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1])))' "${!name}" 2>/dev/null; then
      die "port ${!name} is taken by another program: set $name to a free one"
    fi
  done
}

# ---------------------------------------------------------------- parts

wanted_parts() {
  local part
  for part in "${parts[@]}"; do
    [ "$part" = postgres ] && [ ! $embedded_postgres ] && continue
    [ "$part" = caldav ] && [ ! $embedded_caldav ] && continue
    echo "$part"
  done
}

# Each part becomes a session of its own, so that Ctrl-C reaches the supervisor alone and the order of ending is ours. What a
# part must not know is taken out of its environment; nothing secret is on a command line. The lock (9) stays here.
launch() {
  local -a command hidden=(-u API_KEY -u DATABASE_URL -u CALDAV_PASSWORD)
  case $1 in
    postgres) command=(env "${hidden[@]}" "$top/postgres/cluster.sh" run "$var/postgres") ;;
    caldav)
      command=(env -u API_KEY -u DATABASE_URL "$top/connectors/caldav/radicale.sh" "$var/radicale" "$CALMUX_CALDAV_PORT"
        "$CALDAV_USERNAME" "$CALDAV_CALENDAR_NAME")
      ;;
    calmux) command=("$binary" serve) ;;
    caddy)
      command=(env "${hidden[@]}" "CALMUX_CALDAV_UPSTREAM=$caldav_upstream" "CALMUX_CALDAV_PATH=$caldav_path"
        "CALMUX_CALDAV_START=${caldav_start:-/}" "$top/caddy/caddy.sh" "$var/caddy")
      ;;
  esac
  (cd "$top" && exec setsid "${command[@]}") </dev/null >>"$logs/$1.log" 2>&1 9>&- &
  pid[$1]=$!
  disown $! # bash would print a line of its own when it dies
  born[$1]=$SECONDS
  remember "$1" $!
}

status_of() { curl -s --noproxy '*' -o /dev/null -m 2 -w '%{http_code}' "$@" || true; }

ready() {
  case $1 in
    postgres) "$top/postgres/cluster.sh" ready "$var/postgres" ;;
    caldav) [ "$(status_of "http://127.0.0.1:$CALMUX_CALDAV_PORT/")" != 000 ] ;;
    calmux) [ "$(status_of "http://127.0.0.1:$CALMUX_PORT/api/health/ready")" = 200 ] ;;
    caddy) [ "$(status_of --cacert "$var/caddy/pki/authorities/local/root.crt" "https://localhost:$CALMUX_CADDY_HTTPS_PORT/")" = 404 ] ;;
  esac
}

# Shell assignments that simple readers of KEY=VALUE understand too, wherever nothing needs quoting.
assign() {
  local safe='^[A-Za-z0-9_.,:/?=%@+~-]*$'
  while [ $# -gt 0 ]; do
    if [[ $2 =~ $safe ]]; then printf '%s=%s\n' "$1" "$2"; else printf '%s=%q\n' "$1" "$2"; fi
    shift 2
  done
}

write_run_env() {
  local public=https://localhost:$CALMUX_CADDY_HTTPS_PORT
  local caldav_url=$CALDAV_URL
  [[ ! $CALDAV_URL =~ ^https?://[^/]+(.*)$ ]] || caldav_url=$public${BASH_REMATCH[1]}
  {
    assign CALMUX_URL "http://127.0.0.1:$CALMUX_PORT" CALMUX_PUBLIC_URL "$public" CALMUX_API_KEY "${API_KEY%%,*}" \
      CALMUX_DATABASE_URL "$DATABASE_URL" CALMUX_CALDAV_URL "$caldav_url" CALMUX_CALDAV_DIRECT_URL "$CALDAV_URL" \
      CALMUX_CALDAV_USERNAME "${CALDAV_USERNAME:-}" CALMUX_CALDAV_PASSWORD "${CALDAV_PASSWORD:-}" \
      CALMUX_CA_FILE "$var/caddy/pki/authorities/local/root.crt" SUPERVISOR_PID $$
    local part
    for part in $(wanted_parts); do assign "${part^^}_PID" "${pid[$part]}"; done
  } >"$var/run.env.new"
  mv -- "$var/run.env.new" "$var/run.env"
}

failed() {
  echo "run: $1 did not start; the end of $logs/$2.log:" >&2
  tail -n 12 "$logs/$2.log" >&2
  end_parts
  exit 1
}

# bring_up PART: launches it and waits. A part that ends at once is told, not restarted: its settings are wrong.
bring_up() {
  local i
  launch "$1"
  for ((i = 0; i < 300; i++)); do
    if ready "$1"; then return 0; fi
    alive "$1" >/dev/null || failed "$1" "$1"
    sleep 0.1
  done
  failed "$1 (no answer for 30 s)" "$1"
}

bring_all_up() {
  local part
  for part in $(wanted_parts); do
    if [ "$part" = calmux ]; then
      [ ! $embedded_postgres ] || "$top/postgres/cluster.sh" create "$var/postgres" "$database"
      "$binary" migrate </dev/null >>"$logs/migrate.log" 2>&1 9>&- || failed "calmux migrate" migrate
    fi
    bring_up "$part"
  done
}

# A part that died comes back: at once, then later and later while it keeps dying.
watch_over() {
  local part number
  exec {idle}<> <(:) # reading it is a sleep that needs no process
  while :; do
    for part in $(wanted_parts); do
      kill -0 "${pid[$part]}" 2>/dev/null && start_time "${pid[$part]}" >/dev/null && continue
      if [ -z "${wait_until[$part]:-}" ]; then
        [ $((SECONDS - born[$part])) -lt 30 ] || delay[$part]=0
        wait_until[$part]=$((SECONDS + ${delay[$part]:-0}))
        delay[$part]=$((${delay[$part]:-0} * 2 + 1))
        [ "${delay[$part]}" -le 15 ] || delay[$part]=15
        echo "run: $part ended; starting it again (its log: $logs/$part.log)" >&2
      fi
      [ $SECONDS -ge "${wait_until[$part]}" ] || continue
      wait_until[$part]=
      launch "$part"
      write_run_env
    done
    read -r -t 0.5 -u "$idle" number || true
  done
}

supervise() {
  local mode=$1
  own_folders
  exec 9>>"$run/lock"
  flock -n 9 || die "a stack already runs from $var: ./run stop, or another CALMUX_VAR and other ports"
  stop_leftovers
  settings "$mode"
  check_ports
  binary=${CALMUX_BINARY:-$top/build/${CALMUX_PRESET:-release}/calmux}
  [ -x "$binary" ] || die "$binary is not built: ./run build"
  unset CALMUX_VAR CALMUX_BINARY
  remember supervisor $$
  echo "$mode" >"$run/mode"
  trap 'exit 0' INT TERM HUP
  trap 'trap "" INT TERM HUP; end_parts; rm -f -- "$run/supervisor.pid"' EXIT
  rm -f -- "$logs"/*.log.1
  local log
  for log in "$logs"/*.log; do [ "${log##*/}" = stack.log ] || [ ! -s "$log" ] || mv -- "$log" "$log.1"; done
  bring_all_up
  write_run_env
  [ "$mode" = demo ] || tell
  watch_over
}

stop_leftovers() { end supervisor KILL 1; end_parts; }

tell() {
  echo "Serving. Webhooks: https://localhost:$CALMUX_CADDY_HTTPS_PORT/api/webhook/event   calendar: https://localhost:$CALMUX_CADDY_HTTPS_PORT"
  echo "Keys, passwords and process numbers: $var/run.env   logs: $logs   Ctrl-C or ./run stop ends it."
}

# Returns once a demo's stack serves: the one that runs, or a new one.
demo() {
  local supervisor number i
  own_folders
  if locked; then
    [ "$(cat "$run/mode" 2>/dev/null)" = demo ] || die "./run serve is using $var: ./run stop first, or another CALMUX_VAR and other ports"
    # Rebuilt since: its supervisor brings the new one up.
    for ((i = 0; i < 600; i++)); do
      [ ! -e "$var/run.env" ] || break
      sleep 0.1
    done
    if number=$(alive calmux) && [[ $(readlink "/proc/$number/exe") == *' (deleted)' ]]; then end calmux TERM 20; fi
  else
    setsid "${BASH_SOURCE[0]}" supervise demo </dev/null >"$logs/stack.log" 2>&1 &
    supervisor=$!
    until [ -e "$var/run.env" ] && [ "$(alive supervisor)" = "$supervisor" ]; do
      kill -0 "$supervisor" 2>/dev/null || { cat "$logs/stack.log" >&2; exit 1; }
      sleep 0.1
    done
  fi
}

case ${1:-} in
  serve) supervise serve ;;
  supervise) supervise "$2" ;;
  demo) demo ;;
  stop) stop ;;
  *) die "middleware/stack.sh: serve, demo or stop" ;;
esac
