#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own, which BENCH_POSTGRES_URL names, and which is gone
# afterwards: scripts/with-postgres.sh cargo bench --bench reads
# POSTGRES_OPTIONS are further options of the server, such as '-c shared_buffers=2GB'.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT...]" >&2; exit 2; }
programs=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1) ||
    programs=$(dirname "$(command -v initdb)")

home=$(mktemp -d)
# The server refuses to run as root.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$home"
    chmod 711 "$home"
    as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
fi
finish() {
    as "$programs/pg_ctl" stop -s -w -m immediate -D "$home/data" || true
    rm -rf "$home"
}
trap finish EXIT
as "$programs/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$programs/pg_ctl" start -s -w -D "$home/data" -l "$home/log" \
    -o "-c listen_addresses= -c unix_socket_directories='$home' ${POSTGRES_OPTIONS-}"
BENCH_POSTGRES_URL="postgres://postgres@${home//\//%2F}" "$@"
