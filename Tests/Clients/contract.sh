#!/usr/bin/env bash
# Runs schemathesis against a live daemon over a fresh ledger. PROGRAM is the built `healing`, ST schemathesis' `st`.
# Always the same requests; another SEED makes others.
set -euo pipefail
program=${PROGRAM:?}
st=${ST:?}
seed=${SEED:-1}
folder=$(mktemp -d)
"$program" serve --ledger "$folder/healing.db" --listen 127.0.0.1:0 2> "$folder/log" &
daemon=$!
finish() {
  kill -TERM "$daemon" 2> /dev/null && wait "$daemon" || true
  rm -rf "$folder"
}
trap finish EXIT
until grep -qs '"message":"ready"' "$folder/log"; do
  kill -0 "$daemon" || { cat "$folder/log"; exit 1; }
  sleep 0.05
done
url=http://$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$folder/log" | head -1)
echo "schemathesis against $url, seed $seed"
config=$(cd "$(dirname "$0")" && pwd)/schemathesis.toml
cd "$folder"
# One worker: two that parse source at once can end in CPython's "AST constructor recursion depth mismatch".
run() {
  "$st" --config-file "$config" run "$url/openapi.json" --seed "$seed" --continue-on-failure --workers 1 --request-timeout 20 \
    --warnings off --no-color "$@"
}
worst=0
run --phases examples,coverage || worst=$?
# The event stream does not end by itself, so each random request to it costs its full time limit; it was covered above.
run --phases fuzzing --max-examples 60 --exclude-operation-id followEvents || worst=$((worst > $? ? worst : $?))
exit "$worst"
