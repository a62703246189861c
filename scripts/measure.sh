#!/usr/bin/env bash
# Runs every measurement on both engines and prints their tables: scripts/measure.sh >figures.md
# In full it is built for release, takes one to two hours on two cores and some 40 GB of disk, and
# wants a machine that does nothing else. scripts/measure.sh --small takes minutes, unoptimised: its
# figures mean nothing, and show that everything can be measured.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

case ${1-} in
'')
    build=()
    few=10000 many=1000000 most=10000000 lines=100000 runs=3 seconds=10 singles=200
    # What a server for so many rows would be given.
    export POSTGRES_OPTIONS='-c shared_buffers=2GB -c max_wal_size=8GB'
    ;;
--small)
    build=(--profile dev)
    few=100 many=500 most=1500 lines=300 runs=1 seconds=1 singles=5
    ;;
*)
    echo "usage: $0 [--small]" >&2
    exit 2
    ;;
esac

measure() {
    local title=$1 bench=$2
    shift 2
    printf '\n## %s\n\n`cargo bench --bench %s -- %s`\n' "$title" "$bench" "$*"
    scripts/with-postgres.sh cargo bench --locked "${build[@]}" --bench "$bench" -- \
        --engine "${ENGINE:-both}" "$@"
}

echo '# Figures'
printf '\n%s, %s cores, %s of memory, commit %s\n' "$(date -u +%F)" "$(nproc)" \
    "$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" \
    "$(git rev-parse --short HEAD)"
measure 'A batch beside its bare writes' reversals \
    --actions "$many" --lines "$lines" --runs "$runs"
measure 'The same among ten times as many actions' reversals \
    --actions "$most" --lines "$lines" --runs 1
measure 'Batches over HTTP' uploads --actions "$many" --lines "$many" --seconds "$seconds"
measure 'Orders in bulk over HTTP' imports --actions "$many" --lines "$many"
measure 'Reversals one by one' changes --actions "$many" --seconds "$seconds"
measure 'Reads, and lists of any length' reads \
    --small "$few" --actions "$many" --large "$most" --seconds "$seconds"
measure 'What a year comes to' performance --actions "$most"
measure 'Webhooks beside an endpoint that never answers' webhooks \
    --events "$lines" --singles "$singles"
