#!/bin/bash
# The embedded stack's CalDAV server: one account, one calendar, on loopback.
#
# usage: CALDAV_PASSWORD=… connectors/caldav/radicale.sh FOLDER PORT USER CALENDAR
# Writes the configuration, makes the calendar where it is missing and becomes the server, in the foreground.
set -euo pipefail
umask 077

[ $# -eq 4 ] || { echo "run: connectors/caldav/radicale.sh wants FOLDER PORT USER CALENDAR" >&2; exit 1; }
folder=$(realpath -m -- "$1") port=$2 user=$3 calendar=$4
command -v radicale >/dev/null || { echo "run: Radicale is not installed: ./run deps" >&2; exit 1; }

for name in "$user" "$calendar"; do
  # They become folders and parts of a URL.
  [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9.@_-]*$ ]] || { echo "run: '$name' is no name for an embedded CalDAV account or calendar: use letters, digits, . @ _ -" >&2; exit 1; }
done

mkdir -p -- "$folder"
# The password stands in plain text because this folder holds it anyway (var/secrets), and bcrypt would need one more package
# and a quarter of a second for each request. The file's mode is 600.
printf '%s:%s\n' "$user" "$CALDAV_PASSWORD" >"$folder/users"

cat >"$folder/config" <<CONFIG
[server]
hosts = 127.0.0.1:$port
max_connections = 32
max_content_length = 10000000
timeout = 60
[auth]
type = htpasswd
htpasswd_filename = $folder/users
htpasswd_encryption = plain
delay = 1
realm = Calmux
[rights]
type = owner_only
[storage]
filesystem_folder = $folder/storage
[web]
type = none
[logging]
level = warning
mask_passwords = True
CONFIG

# The display name is what clients show; Radicale itself names a new calendar by nothing at all.
collection=$folder/storage/collection-root/$user/$calendar
if [ ! -e "$collection/.Radicale.props" ]; then
  mkdir -p -- "$collection"
  printf '{"tag": "VCALENDAR", "D:displayname": "%s", "C:supported-calendar-component-set": "VEVENT"}' "$calendar" \
    >"$collection/.Radicale.props.new"
  mv -- "$collection/.Radicale.props.new" "$collection/.Radicale.props"
fi

unset CALDAV_PASSWORD
exec radicale -C "$folder/config"
