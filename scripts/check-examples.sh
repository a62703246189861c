#!/usr/bin/env bash
# Runs the demo, and the TypeScript client against its server. Needs Node with npm, and fetches the
# compiler; the Python client and the README's tour are run by `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
for tool in node npm curl; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done
program=${PROGRAM:-target/debug/entente}
[ -x "$program" ] || { echo "$program is missing; build it first" >&2; exit 1; }

home=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$home"
}
trap finish EXIT

echo 'The demo'
"$program" demo --listen 127.0.0.1:0 --demo-dir "$home/demo" >"$home/told" 2>"$home/log" &
server=$!
for _ in $(seq 600); do
    grep -q 'keeps running' "$home/told" && break
    kill -0 "$server" 2>/dev/null || { cat "$home/told" "$home/log"; exit 1; }
    sleep 0.1
done
grep -E '^ +[0-9]+ applied' "$home/told"
eval "$(grep -o 'export ENTENTE=[^ ]* KEY=[^ ]*' "$home/told")"
export ENTENTE_URL=$ENTENTE ENTENTE_KEY=$KEY

echo 'The TypeScript client compiles'
npm install --silent --no-audit --no-fund --prefix "$home/npm" typescript@5 @types/node@20
cp examples/clients/typescript/submit_returns.ts "$home/"
"$home/npm/node_modules/.bin/tsc" --strict --target es2022 --module nodenext \
    --moduleResolution nodenext --typeRoots "$home/npm/node_modules/@types" --types node \
    --outDir "$home/out" "$home/submit_returns.ts"

echo 'The TypeScript client submits, and fetches what was rejected'
printf 'order_id,reason\nORD-1006,ITEM_RETURNED\nORD-404,ITEM_RETURNED\n' >"$home/returns.csv"
node "$home/out/submit_returns.js" "$home/returns.csv" && code=0 || code=$?
[ "$code" = 1 ] || { echo "it ended with $code"; exit 1; }
grep -q 'ORD-404,ITEM_RETURNED,action_not_found' "$home/returns.rejected.csv"
printf 'order_id,reason\nORD-1007,ITEM_RETURNED\n' >"$home/returns.csv"
node "$home/out/submit_returns.js" "$home/returns.csv"
printf 'colour\nred\n' >"$home/returns.csv"
node "$home/out/submit_returns.js" "$home/returns.csv" && code=0 || code=$?
[ "$code" = 2 ] || { echo "it ended with $code"; exit 1; }
echo 'All examples work'
