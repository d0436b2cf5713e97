#!/usr/bin/env bash
# `healing serve` under wrk, beside a bare evhttp handler that answers as many bytes, in turns in one run.
# PROGRAM is the built `healing`, BARE the built reference, LEDGER a ledger to serve.
set -euo pipefail
program=${PROGRAM:?} bare=${BARE:?} ledger=${LEDGER:?}
rounds=${ROUNDS:-3} seconds=${SERVER_SECONDS:-5} port=${PORT:-18484}
folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null && wait "$pid" || true; done
  rm -rf "$folder"
}
trap finish EXIT
"$program" serve --ledger "$ledger" --listen "127.0.0.1:$port" 2> "$folder/log" &
pids+=($!)
until grep -q '"message":"ready"' "$folder/log"; do
  kill -0 "${pids[0]}" || { cat "$folder/log"; exit 1; }
  sleep 0.1
done
base=http://127.0.0.1:$port/api/v1/healing
bytes=$(curl -s "$base/recovery/stats" | wc -c)
"$bare" $((port + 1)) "$bytes" &
pids+=($!)
until curl -s -o /dev/null "http://127.0.0.1:$((port + 1))/"; do sleep 0.1; done

# NAME URL: appends requests per second, p50 and p99 in milliseconds.
measure() {
  wrk -t1 -c16 -d"${seconds}s" --latency "$2" > "$folder/wrk"
  ! grep -q 'Non-2xx' "$folder/wrk" || { cat "$folder/wrk"; exit 1; }
  awk -v name="$1" '
    function ms(text) { return text ~ /us$/ ? text / 1000 : text ~ /ms$/ ? text + 0 : text * 1000 }
    $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) } $1 == "Requests/sec:" { rate = $2 }
    END { print name, rate, p50, p99 }' "$folder/wrk" >> "$folder/figures"
}
for _ in $(seq "$rounds"); do
  measure bare "http://127.0.0.1:$((port + 1))/"
  measure recovery/stats "$base/recovery/stats"
  measure health "$base/health"
done
median() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$folder/figures" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
echo "| what | requests/s | p50 ms | p99 ms | to the bare handler |"
echo "| --- | --- | --- | --- | --- |"
reference=$(median bare 2)
for name in bare recovery/stats health; do
  rate=$(median "$name" 2)
  echo "| $name | $rate | $(median "$name" 3) | $(median "$name" 4) | $(awk "BEGIN { printf \"%.2f\", $rate / $reference }") |"
done
