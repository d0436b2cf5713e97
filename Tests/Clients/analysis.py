"""Answers eight questions about an outage with pandas, DuckDB and Datasette, on a ledger to which services write meanwhile, and
compares the answers with the program's JSON and with what the services saw themselves. Ends with 0 when all agree.

    python3 Tests/Clients/analysis.py HEALING OUTAGE_WRITER DATASETTE
"""

import datetime
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

import duckdb
import pandas

HEALING, WRITER, DATASETTE = sys.argv[1:4]
ROOT = pathlib.Path(__file__).resolve().parents[2]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
problems = []


def expect(what, found, expected):
    if found != expected:
        problems.append(what)
        print(f"✘ {what}: {found!r} instead of {expected!r}")


def iso(micros):
    """A time as the program prints it."""
    return None if micros is None else (EPOCH + datetime.timedelta(microseconds=int(micros))).isoformat(
        timespec="microseconds").replace("+00:00", "Z")


def now():
    return time.time_ns() // 1000


def healing(command, *options):
    """The rows of a command."""
    result = subprocess.run(
        [HEALING, command, "--ledger", ledger, "--format", "json", *options], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def query(name, **values):
    """The text of a query file, and a value for each of its parameters."""
    text = (ROOT / "Queries" / f"{name}.sql").read_text()
    names = set(re.findall(r":([a-z_]+)\b", re.sub(r"--.*", "", text)))
    return text, {name: values.get(name) for name in names}


def report(name, **values):
    """The rows of a query file as a data frame. Columns keep their Python values: pandas would round ids beside a NULL."""
    connection = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        cursor = connection.execute(*query(name, **values))
        return pandas.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description], dtype=object)
    finally:
        connection.close()


def rows(sql, *values):
    connection = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return pandas.read_sql_query(sql, connection, params=values)
    finally:
        connection.close()


def serve():
    """Two releases serve through an outage, one after the other.

    Returns the calls as their callers saw them."""
    calls = []
    for number in ("1", "2"):
        result = subprocess.run([WRITER, ledger, number], input="\n", capture_output=True, text=True, check=True)
        calls += [dict(call, release=f"2026.11.{number}") for call in json.loads(result.stdout.splitlines()[-1])["calls"]]
    return pandas.DataFrame(calls)


def ask(since, until, calls):
    """The eight questions, once."""
    given = dict(since=since, until=until)
    span = ("--since", iso(since), "--until", iso(until))
    payments = calls[calls.component == "payments"]

    # When did it begin, and what failed first?
    found = report("incidents", **given, component="payments", by_component=1, now=now())
    incident = found.iloc[0]
    printed = healing("incidents", *span, "--component", "payments", "--by", "component")
    expect("number of incidents", len(found), len(printed))
    expect("begin", iso(incident.started_at), printed[0]["started"])
    expect("first to fail", incident.first_component, printed[0]["first_component"])
    expect("failures", int(incident.failures), printed[0]["failures"])
    expect("end", iso(incident.ended_at), printed[0]["ended"])

    # How many calls were saved and lost? DuckDB sums the frame; the services' own list has the truth.
    impact = report("incident_impact", **given).astype({"saved": int, "degraded": int, "lost": int})
    seen = duckdb.sql("SELECT saved, degraded, lost FROM impact WHERE component = 'payments'").fetchall()[0]
    failed = payments.attempts.map(lambda attempts: False in attempts)
    expect("saved, degraded, lost", seen, (
        int(((payments.end == "answered") & failed).sum()), int((payments.end == "fallback").sum()),
        int(payments.end.isin(["failed", "circuitOpen"]).sum())))

    # Did the second retry ever help?
    effect = report("attempt_effect", **given, component="payments")
    printed = healing("attempts", *span, "--component", "payments")
    expect(
        "attempts", [(row.attempt, row.tried, row.won) for row in effect.itertuples()],
        [(row["attempt"], row["tried"], row["won"]) for row in printed])
    second = int((payments.attempts.map(len) >= 2).sum())
    expect("second attempts", sum(effect[effect.attempt == 2].tried) <= second and second > 0, True)

    # Which release was worse?
    releases = report("releases", **given, component="payments")
    printed = healing("releases", *span, "--component", "payments")
    expect(
        "releases", [(row.release, row.attempts, row.failures) for row in releases.itertuples()],
        [(row["release"], row["attempts"], row["failures"]) for row in printed])
    rates = releases.astype({"attempts": int, "failures": int})
    worse = duckdb.sql("SELECT release FROM rates ORDER BY failures / attempts DESC, release LIMIT 1").fetchall()[0][0]
    by_release = payments.groupby("release").attempts.agg(
        lambda lists: sum(list.count(False) for list in lists) / sum(len(list) for list in lists))
    expect("the worse release", worse, by_release.idxmax())

    # The breaker's state at a given moment: of each change, the one before it and the one after it.
    changes = rows("SELECT time, to_state FROM v_transitions WHERE component = 'payments' ORDER BY id LIMIT 6")
    for at, state in zip(changes.time, changes.to_state):
        micros = (datetime.datetime.fromisoformat(at.replace("Z", "+00:00")) - EPOCH) // datetime.timedelta(microseconds=1)
        known = report("state_at", at=micros, component="payments").iloc[0]
        printed = healing("state", "--at", at, "--component", "payments")[0]
        expect(f"state at {at}", (known.state, iso(known.until_at)), (printed["circuit"], printed["until"]))
        expect(f"state after the change at {at}", known.state, state)

    # Which errors are new? Datasette runs the same file.
    text, values = query("error_groups", **given, component="payments", limit=20)
    arguments = {"sql": text, "_shape": "array"} | {
        name: value for name, value in values.items() if value is not None}
    for name in [name for name, value in values.items() if value is None]:
        arguments["sql"] = re.sub(rf":{name}\b", "NULL", arguments["sql"])
    page = subprocess.run(
        [DATASETTE, ledger, "--get", "/ledger.json?" + urllib.parse.urlencode(arguments)],
        capture_output=True, text=True, check=True)
    groups = json.loads(page.stdout)
    printed = healing("errors", *span, "--component", "payments")
    expect(
        "groups of errors", [(row["fingerprint"], row["occurrences"], row["standing"]) for row in groups],
        [(row["fingerprint"], row["occurrences"], row["standing"]) for row in printed])
    expect("errors", sum(row["occurrences"] for row in groups), sum(list.count(False) for list in payments.attempts))

    # Who was affected? Rows that were merged under load have no request, so these are some of them.
    affected = rows(
        "SELECT request_id, user_id FROM v_errors WHERE component = 'payments' UNION ALL "
        "SELECT request_id, user_id FROM v_rejected_calls WHERE component = 'payments'")
    named = duckdb.sql(
        "SELECT count(DISTINCT request_id), count(DISTINCT user_id) FROM affected WHERE request_id IS NOT NULL").fetchall()[0]
    troubled = set(payments[failed | (payments.attempts.map(len) == 0)].request)
    expect("affected requests", set(affected.request_id.dropna()) <= troubled and named[0] > 0, True)
    expect("affected users", 0 < named[1] <= 7, True)
    return f"{incident.started_at} {seen} {worse} {named}"


with tempfile.TemporaryDirectory() as folder:
    ledger = f"{folder}/ledger.db"
    since = now()
    calls = serve()
    until = now()
    # A service of other components writes as long as the questions are asked.
    service = subprocess.Popen(
        [HEALING, "demo", "--ledger", ledger, "--seconds", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        counts = []
        for round in range(3):
            before = rows("SELECT count(*) AS n FROM v_recoveries").n[0]
            while rows("SELECT count(*) AS n FROM v_recoveries").n[0] == before:
                time.sleep(0.05)
            counts.append(int(before))
            expect("the service still writes", service.poll(), None)
            print(ask(since, until, calls))
        expect("rows are added meanwhile", counts == sorted(set(counts)), True)
    finally:
        service.terminate()
        service.wait()

print(f"{len(problems)} answers differ" if problems else "eight questions, the same answers")
sys.exit(1 if problems else 0)
