"""Measures what Python services use for the same: breaker, retry, and a ledger written by hand.

    peers.py FOLDER [--quick]

Prints a JSON array of {what, unit, values}; `make bench-peers` puts it into the table.
"""

import json
import os
import sqlite3
import sys
import time

import pybreaker
import tenacity

folder = sys.argv[1]
quick = "--quick" in sys.argv
rounds = 1 if quick else 11


def operation():
    return 1


def trouble():
    raise ConnectionRefusedError("connection refused")


def measure(call, calls):
    """Nanoseconds a call, one value a round, the first round left out."""
    calls = min(calls, 10) if quick else calls
    values = []
    for _ in range(rounds + 1):
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        values.append((time.perf_counter_ns() - start) / calls)
    return values[1:]


def protected():
    breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60)
    retry = tenacity.Retrying(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none())
    return lambda: retry(breaker.call, operation)


def rejected():
    breaker = pybreaker.CircuitBreaker(fail_max=1, reset_timeout=3600)

    def call(function=operation):
        try:
            breaker.call(function)
        except (pybreaker.CircuitBreakerError, ConnectionRefusedError):
            pass

    call(trouble)
    assert breaker.current_state == "open"
    return call


def ledger(name, pragmas):
    """A row and a commit for every event."""
    connection = sqlite3.connect(os.path.join(folder, name), isolation_level=None)
    for pragma in pragmas:
        connection.execute("PRAGMA " + pragma)
    connection.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, at REAL, component TEXT, outcome TEXT, duration REAL)")

    def call():
        connection.execute("BEGIN")
        connection.execute(
            "INSERT INTO event (at, component, outcome, duration) VALUES (?, ?, ?, ?)",
            (time.time(), "openai_adapter", "success", 0.0015))
        connection.execute("COMMIT")

    return call


def protected_and_written():
    call, write = protected(), ledger("protected.db", ["journal_mode=WAL", "synchronous=FULL"])
    return lambda: (call(), write())


figures = [
    ("tenacity + pybreaker, success, nothing stored", measure(protected(), 10_000)),
    ("pybreaker, rejected by an open breaker", measure(rejected(), 10_000)),
    ("sqlite3, insert and commit an event, defaults", measure(ledger("defaults.db", []), 200)),
    ("sqlite3, insert and commit an event, WAL FULL",
     measure(ledger("full.db", ["journal_mode=WAL", "synchronous=FULL"]), 500)),
    ("sqlite3, insert and commit an event, WAL NORMAL",
     measure(ledger("normal.db", ["journal_mode=WAL", "synchronous=NORMAL"]), 5_000)),
    ("tenacity + pybreaker + sqlite3 WAL FULL, success, a row a call", measure(protected_and_written(), 500)),
]
print(json.dumps([{"what": what, "unit": "ns", "values": values} for what, values in figures]))
