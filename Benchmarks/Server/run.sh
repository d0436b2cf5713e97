#!/usr/bin/env bash
# `healing serve` under wrk, beside a bare evhttp handler that answers as many bytes, in turns in one run.
# PROGRAM is the built `healing`, BARE the built reference, LEDGER a ledger to serve.
set -euo pipefail
trap 'echo "$0: failed at line $LINENO" >&2' ERR
program=${PROGRAM:?} bare=${BARE:?} ledger=${LEDGER:?}
rounds=${ROUNDS:-3} seconds=${SERVER_SECONDS:-5}
folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null && wait "$pid" || true; done
  rm -rf "$folder"
}
trap finish EXIT
"$program" serve --ledger "$ledger" --listen 127.0.0.1:0 2> "$folder/log" &
pids+=($!)
until grep -qs '"message":"ready"' "$folder/log"; do
  kill -0 "${pids[0]}" || { cat "$folder/log"; exit 1; }
  sleep 0.1
done
base=http://$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$folder/log" | head -1)/api/v1/healing
"$bare" 1048576 > "$folder/port" &
pids+=($!)
until [ -s "$folder/port" ]; do
  kill -0 "${pids[1]}" || { echo "the bare handler does not run" >&2; exit 1; }
  sleep 0.1
done
reference=http://127.0.0.1:$(< "$folder/port")

# NAME URL: appends requests per second, p50 and p99 in milliseconds.
measure() {
  wrk -t1 -c16 -d"${seconds}s" --latency "$2" > "$folder/wrk"
  ! grep -Eq 'Non-2xx|Socket errors' "$folder/wrk" || { cat "$folder/wrk"; exit 1; }
  awk -v name="$1" '
    function ms(text) { return text ~ /us$/ ? text / 1000 : text ~ /ms$/ ? text + 0 : text * 1000 }
    $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) } $1 == "Requests/sec:" { rate = $2 }
    END { print name, rate, p50, p99 }' "$folder/wrk" >> "$folder/figures"
}
for _ in $(seq "$rounds"); do
  for name in recovery/stats health; do
    measure "bare:$name" "$reference/$(curl -s "$base/$name" | wc -c)"
    measure "$name" "$base/$name"
  done
done

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
column() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$folder/figures"; }
row() { echo "| $1 | $(column "$2" 2 | median) | $(column "$2" 3 | median) | $(column "$2" 4 | median) | $3 |"; }
echo "| what | requests/s | p50 ms | p99 ms | to the bare handler, each round |"
echo "| --- | --- | --- | --- | --- |"
for name in recovery/stats health; do
  ratios=$(paste <(column "$name" 2) <(column "bare:$name" 2) | awk '{ printf "%.2f\n", $1 / $2 }')
  row "bare handler, as many bytes as $name" "bare:$name" ""
  row "$name" "$name" "$(median <<< "$ratios") ($(sort -n <<< "$ratios" | paste -sd ' '))"
done
