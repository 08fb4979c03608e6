#!/bin/bash
# Becomes Caddy in the foreground, with caddy/Caddyfile and everything it keeps in one folder.
#
# usage: caddy/caddy.sh FOLDER     with the variables that the Caddyfile names
set -euo pipefail
umask 077

[ $# -eq 1 ] || { echo "run: caddy/caddy.sh wants a FOLDER" >&2; exit 1; }
command -v caddy >/dev/null || { echo "run: Caddy is not installed: ./run deps" >&2; exit 1; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CADDY_FOLDER=$(realpath -m -- "$1")
export CADDY_FOLDER
mkdir -p -- "$CADDY_FOLDER"
# Caddy would otherwise write below the caller's home.
export XDG_DATA_HOME=$CADDY_FOLDER XDG_CONFIG_HOME=$CADDY_FOLDER
exec caddy run --config "$here/Caddyfile" --adapter caddyfile
