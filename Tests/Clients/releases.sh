#!/usr/bin/env bash
# Two releases take turns on one ledger: what the earlier wrote reads the same and is written on, the earlier writes on
# what the later has migrated and pruned, also while the later serves it, and no total goes back.
# EARLIER and LATER are the two programs.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap 'if [ -n "$daemon" ]; then kill "$daemon" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
ledger=$folder/healing.db

fail() {
  echo "releases: $1" >&2
  exit 1
}
# The fields that both releases have: a later one may have more.
common='total_recoveries successful_recoveries failed_recoveries success_rate avg_duration_ms
  action component total successful attempts max_duration_ms'
totals() {
  for report in overall by-action by-component; do
    "$1" report "$report" --ledger "$ledger" --format json | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    print({name: row[name] for name in sys.argv[1].split() if name in row})' "$common"
  done
}
run() {
  "$1" demo --ledger "$ledger" --seconds 2 --seed "$2" >"$folder/demo.txt" 2>&1 ||
    fail "$1 demo ended with $?: $(tail -3 "$folder/demo.txt")"
}
sound() { "$1" check --ledger "$ledger" >"$folder/check.txt" 2>&1 || fail "$1 check: $(cat "$folder/check.txt")"; }
recoveries() {
  "$LATER" report overall --ledger "$ledger" --format json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["total_recoveries"])'
}
grew() {
  local now
  now=$(recoveries)
  [ "$now" -gt "$before" ] || fail "$1: $now recoveries, $before before"
  echo "releases: $1: $before, then $now recoveries"
  before=$now
}

run "$EARLIER" 1
totals "$EARLIER" >"$folder/earlier.json"
totals "$LATER" >"$folder/later.json"
cmp "$folder/earlier.json" "$folder/later.json" || fail "the later release reads other totals"
before=$(recoveries)

run "$LATER" 2
grew "the later release writes on"
sound "$LATER"
totals "$LATER" >"$folder/later.json"
totals "$EARLIER" >"$folder/earlier.json"
cmp "$folder/earlier.json" "$folder/later.json" || fail "the earlier release reads other totals"

run "$EARLIER" 3
grew "the earlier release writes on what the later migrated"
sound "$LATER"
sound "$EARLIER"

"$LATER" serve --ledger "$ledger" --listen 127.0.0.1:0 >"$folder/serve.txt" 2>&1 &
daemon=$!
for _ in $(seq 100); do
  grep -q ready "$folder/serve.txt" && break
  kill -0 "$daemon" || fail "serve: $(cat "$folder/serve.txt")"
  sleep 0.1
done
run "$EARLIER" 4
grew "the earlier release writes while the later serves"
kill "$daemon"
wait "$daemon" || fail "serve ended with $?: $(tail -3 "$folder/serve.txt")"
daemon=
sound "$LATER"
sound "$EARLIER"

# Retention deletes rows of at least a minute ago: events of last year stand for them.
for minute in 10 20 30; do
  printf '{"at":"2025-01-01T00:%s:00Z","component":"old","ok":false,"error":"connection refused"}\n' "$minute"
done >"$folder/old.ndjson"
"$LATER" ingest "$folder/old.ndjson" --ledger "$ledger" >"$folder/ingest.txt" 2>&1 || fail "ingest: $(cat "$folder/ingest.txt")"
"$LATER" prune --ledger "$ledger" >"$folder/prune.txt" 2>&1 || fail "prune: $(cat "$folder/prune.txt")"
grep -q '^health_sample  *3 ' "$folder/prune.txt" || fail "prune deleted no sample: $(cat "$folder/prune.txt")"
run "$EARLIER" 5
grew "the earlier release writes on what the later has pruned"
run "$LATER" 6
grew "the later release writes on"
sound "$LATER"
"$LATER" check --ledger "$ledger" | grep -q '^pruned  *health_sample' || fail "check does not name what was pruned"
