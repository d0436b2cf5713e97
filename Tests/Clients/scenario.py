"""A client of the REST API with nothing but Python's standard library: the calls and the shapes of answers that clients
of the original system rely on, every endpoint once or more, every field compared. Ends with 0 when all is as it should be.

    python3 Tests/Clients/scenario.py http://127.0.0.1:8484 [TOKEN]

The ledger behind the server must be empty.
"""

import datetime
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

ROOT = sys.argv[1].rstrip("/")
TOKEN = sys.argv[2] if len(sys.argv) > 2 else None
BASE = ROOT + "/api/v1/healing"
called = set()


def call(method, path, body=None, base=BASE, **query):
    """The status and the decoded body of an answer."""
    url = base + path + ("?" + urllib.parse.urlencode(query) if query else "")
    request = urllib.request.Request(url, method=method)
    if TOKEN:
        request.add_header("Authorization", "Bearer " + TOKEN)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    operation = re.sub(r"/component/[^/]+/", "/component/{component}/", (base + path)[len(ROOT):])
    operation = re.sub(r"/breakers/[^/]+/", "/breakers/{component}/", operation)
    operation = re.sub(r"/errors/[0-9]+$", "/errors/{id}", operation)
    operation = re.sub(r"/incidents/[^/]+?(\.md|\.html|/notes|)$", r"/incidents/{id}\1", operation)
    if method == "DELETE":
        operation = re.sub(r"/components/[^/]+$", "/components/{component}", operation)
    called.add((method, operation))
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            status, body = answer.status, decode(answer)
    except urllib.error.HTTPError as error:
        return error.code, decode(error)
    # On a busy machine it may not be on disk yet; what is asked next would not tell of it. Being ready means that it is.
    if method in ("POST", "DELETE") and isinstance(body, dict) and body.get("durable") is False:
        while call("GET", "/readyz", base=ROOT)[0] == 503:
            pass
    return status, body


def decode(answer):
    text = answer.read().decode()
    return json.loads(text) if "json" in answer.headers["Content-Type"] else text


class Any:
    """Equals whatever fits a test, so that every field can be compared."""

    def __init__(self, name, test):
        self.name, self.test = name, test

    def __eq__(self, other):
        return self.test(other)

    def __repr__(self):
        return f"<{self.name}>"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TEXT = Any("text", lambda v: isinstance(v, str) and v != "")
TIME = Any("time", lambda v: isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", v))
ID = Any("id", lambda v: isinstance(v, str) and v.isdigit())
MS = Any("milliseconds", lambda v: is_number(v) and v >= 0)
BOOL = Any("true or false", lambda v: isinstance(v, bool))


def expect(answer, status, wanted):
    got_status, got = answer
    assert got_status == status, f"status {got_status}, not {status}: {got}"
    compare(got, wanted, "")


def compare(got, wanted, path):
    """Every field that is wanted is there and equal; fields may have been added."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            assert key in got, f"{path}.{key} is missing in {got}"
            compare(got[key], value, f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list):
        assert len(got) == len(wanted), f"{path} has {len(got)} items, not {len(wanted)}: {got}"
        for index, (one, other) in enumerate(zip(got, wanted)):
            compare(one, other, f"{path}[{index}]")
    else:
        assert wanted == got, f"{path} is {got!r}, not {wanted!r}"


def names(pairs):
    return Any(f"items {pairs}", lambda items: [item["id"] for item in items] == pairs
               and all(item["name"] for item in items))


def main():
    # Nothing yet.
    expect(call("GET", "/recovery/stats"), 200, {
        "overall": {"total_recoveries": 0, "successful_recoveries": 0, "failed_recoveries": 0,
                    "success_rate": 0, "avg_duration_ms": 0},
        "by_action": {}, "by_component": {}})
    expect(call("GET", "/health"), 200, {
        "system_status": "healthy", "error_rate": 0, "success_rate": 1, "message": TEXT, "issues": [],
        "details": {"components": 0, "healthy": 0, "degraded": 0, "unhealthy": 0, "critical": 0},
        "timestamp": TIME})
    expect(call("GET", "/health", component="openai_adapter"), 404, {
        "type": "about:blank", "title": "Not Found", "status": 404, "detail": TEXT,
        "errors": [{"field": "component", "message": TEXT}]})

    # Vocabularies.
    expect(call("GET", "/errors/categories"), 200, {"categories": names(
        "network api rate_limit authentication resource database validation timeout configuration unknown".split())})
    expect(call("GET", "/errors/severities"), 200, {"severities": names("low medium high critical".split())})
    expect(call("GET", "/health-statuses"), 200, {"statuses": names("healthy degraded unhealthy critical".split())})

    # Register two components, one with a breaker that opens after three failures.
    expect(call("POST", "/components/register", {
        "component": "openai_adapter", "enable_circuit_breaker": True,
        "circuit_breaker_config": {"failure_threshold": 3, "success_threshold": 2, "timeout_seconds": 60.0,
                                   "half_open_max_calls": 1}}), 200, {
        "component": "openai_adapter", "registered": True, "circuit_breaker_enabled": True, "message": TEXT})
    expect(call("POST", "/components/register", {"component": "db/primary"}), 200, {
        "component": "db/primary", "registered": True, "circuit_breaker_enabled": False, "message": TEXT})

    # Nineteen good calls of one, one good call of the other.
    expect(call("POST", "/samples", {"samples": [
        {"component": "openai_adapter", "outcome": "success", "duration_ms": 10}] * 19}), 200, {"recorded": 19})
    expect(call("POST", "/samples", {"component": "db/primary", "outcome": "success", "duration_ms": 4}), 200,
           {"recorded": 1})
    expect(call("GET", "/health", component="openai_adapter"), 200, {
        "component": "openai_adapter", "status": "healthy", "response_time_ms": 10, "error_rate": 0,
        "success_rate": 1, "message": TEXT, "issues": [], "details": {"total_requests": 19, "failed_requests": 0},
        "timestamp": TIME})

    # Failures until the breaker opens.
    errors = []
    for attempt in range(3):
        expect(call("GET", "/circuit-breakers"), 200, {"total": 1, "circuit_breakers": {"openai_adapter": {
            "state": "closed", "failure_count": attempt, "success_count": 0,
            "last_failure": None if attempt == 0 else TIME}}})
        answer = call("POST", "/errors", {
            "component": "openai_adapter", "operation": "generate", "type": "APIConnectionError",
            "message": "connection reset by peer, Authorization: Bearer sk-0123456789abcdef0123456789abcdef",
            "code": "ECONNRESET", "request_id": f"req-{attempt}", "duration_ms": 30})
        expect(answer, 200, {
            "error_id": ID, "category": "network", "severity": "medium", "should_retry": True,
            "should_fallback": True, "should_circuit_break": True, "retry_delay_ms": 1000})
        errors.append(answer[1]["error_id"])
    expect(call("GET", "/circuit-breakers"), 200, {"total": 1, "circuit_breakers": {"openai_adapter": {
        "state": "open", "failure_count": 3, "success_count": 0, "last_failure": TIME}}})
    # A caller error is not retried and does not count as a failure.
    expect(call("POST", "/errors", {"component": "db/primary", "operation": "insert", "message": "invalid input: "
                                    "value must be positive", "code": 422}), 200, {
        "error_id": ID, "category": "validation", "severity": "low", "should_retry": False,
        "should_fallback": False, "should_circuit_break": False, "retry_delay_ms": None})

    # How the components are now: 3 of 22 calls failed, which is degraded, but the circuit is open.
    rate = 3 / 22
    mean = (19 * 10 + 3 * 30) / 22
    recent = [{"error_id": id, "severity": "medium", "category": "network",
               "message": Any("a message without the key", lambda m: "reset" in m and "sk-0" not in m)} for id in errors]
    stats = {"component": "openai_adapter", "status": "unhealthy", "total_requests": 22, "failed_requests": 3,
             "error_rate": close(rate), "success_rate": close(1 - rate), "avg_response_time_ms": close(mean),
             "last_check": Any("time or null", lambda v: v is None or v == TIME or TIME == v),
             "recent_errors": recent}
    expect(call("GET", "/component/openai_adapter/stats"), 200, stats)
    expect(call("GET", "/component/db%2Fprimary/stats"), 200, {
        "component": "db/primary", "status": "healthy", "total_requests": 1, "failed_requests": 0, "error_rate": 0,
        "success_rate": 1, "avg_response_time_ms": 4, "recent_errors": [
            {"error_id": ID, "severity": "low", "category": "validation", "message": TEXT}]})
    expect(call("GET", "/components"), 200, {"total": 2, "components": {
        "openai_adapter": stats, "db/primary": {"total_requests": 1}}})
    expect(call("GET", "/health/components"), 200, {"total_components": 2, "components": {
        "openai_adapter": {"status": "unhealthy", "error_rate": close(rate), "success_rate": close(1 - rate),
                           "response_time_ms": close(mean, 0.001), "message": TEXT, "issues": [TEXT, TEXT]},
        "db/primary": {"status": "healthy", "error_rate": 0, "success_rate": 1, "response_time_ms": 4,
                       "message": TEXT, "issues": []}}})
    expect(call("GET", "/health"), 200, {
        "system_status": "unhealthy", "error_rate": close(3 / 23), "success_rate": close(20 / 23), "message": TEXT,
        "issues": [TEXT],
        "details": {"components": 2, "healthy": 1, "degraded": 0, "unhealthy": 1, "critical": 0}, "timestamp": TIME})

    # What was done about it.
    for success, action, duration in [(True, "fallback", 20), (False, "retry_backoff", 50), (True, "fallback", 50)]:
        expect(call("POST", "/recoveries", {
            "component": "openai_adapter", "operation": "generate", "action": action, "success": success,
            "error_id": errors[-1], "attempts": 2, "duration_ms": duration, "message": "asked another model"}), 200, {
            "recovery_id": ID, "component": "openai_adapter", "action": action, "success": success})
    figures = {"overall": {"total_recoveries": 3, "successful_recoveries": 2, "failed_recoveries": 1,
                           "success_rate": close(2 / 3), "avg_duration_ms": 40},
               "by_action": {"fallback": {"total": 2, "successful": 2}, "retry_backoff": {"total": 1, "successful": 0}}}
    expect(call("GET", "/recovery/stats"), 200,
           {**figures, "by_component": {"openai_adapter": {"total": 3, "successful": 2}}})
    expect(call("GET", "/recovery/stats", component="openai_adapter"), 200,
           {**figures, "component": "openai_adapter", "statistics": {"total": 3, "successful": 2}})
    expect(call("GET", "/recovery/recent", count=2), 200, {"count": 2, "recoveries": [
        {"error_id": errors[-1], "component": "openai_adapter", "operation": "generate", "action": action,
         "success": success, "attempts": 2, "duration_ms": 50, "message": "asked another model", "timestamp": TIME}
        for action, success in [("retry_backoff", False), ("fallback", True)]]})

    # Resets.
    expect(call("POST", "/circuit-breakers/reset", {"component": "openai_adapter"}), 200,
           {"component": "openai_adapter", "reset": True, "message": TEXT})
    expect(call("GET", "/circuit-breakers"), 200, {"total": 1, "circuit_breakers": {"openai_adapter": {
        "state": "closed", "failure_count": 0, "success_count": 0, "last_failure": TIME}}})
    expect(call("POST", "/component/openai_adapter/reset"), 200,
           {"component": "openai_adapter", "reset": True, "message": TEXT})
    expect(call("GET", "/component/openai_adapter/stats"), 200, {
        "status": "healthy", "total_requests": 0, "failed_requests": 0, "error_rate": 0, "success_rate": 1,
        "avg_response_time_ms": 0, "recent_errors": recent})
    # The trip that the reset ended is a recovery, too.
    expect(call("GET", "/recovery/stats"), 200, {
        "overall": {"total_recoveries": 4}, "by_action": {"circuit_break": {"total": 1, "successful": 0}}})

    # An operator forces the circuit, and lifts the override.
    override = {"override": "forced_open", "actor": "ada", "reason": "provider is down"}
    end = "2126-01-01T00:00:00.000000Z"
    expect(call("POST", "/breakers/openai_adapter/override", {**override, "expires_at": end}), 200, {
        "component": "openai_adapter", **override, "expires_at": end, "message": TEXT})
    expect(call("GET", "/circuit-breakers"), 200, {"circuit_breakers": {"openai_adapter": {"override": "forced_open"}}})
    expect(call("POST", "/breakers/openai_adapter/override", {"override": "forced_open"}), 422, {
        "errors": [{"field": "actor"}, {"field": "reason"}]})
    expect(call("DELETE", "/breakers/openai_adapter/override"), 422, {
        "errors": [{"field": "actor"}, {"field": "reason"}]})
    expect(call("DELETE", "/breakers/openai_adapter/override", actor="ada", reason="it is back"), 200, {
        "component": "openai_adapter", "lifted": True, "message": TEXT})
    expect(call("DELETE", "/breakers/openai_adapter/override", actor="ada", reason="it is back"), 404, {"status": 404})
    status, found = call("GET", "/breakers/openai_adapter/transitions", count=2)
    assert status == 200 and [(row["reason"], row["actor"], row["note"]) for row in found["transitions"]] == [
        ("forced_open", "ada", "provider is down"), ("override_lifted", "ada", "it is back")], found

    # Monitoring.
    expect(call("POST", "/monitoring/start"), 200,
           {"monitoring": True, "check_interval_seconds": MS, "message": TEXT})
    expect(call("GET", "/monitoring/status"), 200, {
        "monitoring_active": True, "check_interval_seconds": MS, "alert_threshold": TEXT, "registered_components": 2,
        "registered_health_checks": 0, "alert_callbacks": 0})
    expect(call("POST", "/monitoring/stop"), 200, {"monitoring": False, "message": TEXT})
    expect(call("GET", "/monitoring/status"), 200, {"monitoring_active": False})

    # Forgetting: it leaves the lists, not the totals.
    expect(call("DELETE", "/components/db%2Fprimary"), 200, {
        "component": "db/primary", "forgotten": True, "message": TEXT})
    expect(call("DELETE", "/components/db%2Fprimary"), 404, {"status": 404})
    expect(call("GET", "/health", component="db/primary"), 404, {"status": 404})
    expect(call("GET", "/health/components"), 200, {"total_components": 1})
    expect(call("GET", "/recovery/stats"), 200, {"overall": {"total_recoveries": 4}})

    # What happened, in order: read until all that is known of has come.
    follow(errors)

    # After the outage.
    status, found = call("GET", "/incidents")
    assert status == 200 and [member["component"] for incident in found["incidents"]
                              for member in incident["members"]] == ["openai_adapter"], found
    incident = found["incidents"][0]["id"]
    status, draft = call("GET", "/incidents/" + incident)
    assert status == 200 and draft["schema"] == "healing.incident/1" and draft["id"] == incident, draft
    assert [impact["component"] for impact in draft["impact"]] == ["openai_adapter"], draft
    expect(call("GET", "/incidents/2020-01-01-openai_adapter-0000"), 404, {"status": 404})
    expect(call("POST", f"/incidents/{incident}/notes", {"kind": "title", "text": "A <b>title</b>", "actor": "ana"}), 200, {
        "incident": incident, "kind": "title", "text": "A <b>title</b>", "actor": "ana", "timestamp": TIME,
        "durable": BOOL, "may_be_lost": BOOL})
    expect(call("GET", f"/incidents/{incident}/notes"), 200, {"count": 1})
    status, page = call("GET", f"/incidents/{incident}.html", detail="public")
    assert status == 200 and "A &lt;b&gt;title" in page and "<script" not in page, page
    status, text = call("GET", f"/incidents/{incident}.md")
    assert status == 200 and text.startswith("# A \\<b\\>title"), text
    status, found = call("GET", "/errors", component="openai_adapter")
    assert status == 200 and sum(group["total"] for group in found["groups"]) == 3, found
    expect(call("GET", "/errors/" + errors[-1]), 200, {"id": errors[-1], "component": "openai_adapter"})
    expect(call("GET", "/errors/1"), 404, {"status": 404})
    status, found = call("GET", "/timeline", count=100)
    assert status == 200 and found["count"] == len(found["events"]) > 0, found
    expect(call("GET", "/state", at=now()), 200, {"components": {"openai_adapter": {"circuit": "closed"}}})
    status, found = call("GET", "/reports/releases", component="openai_adapter")
    assert status == 200 and found["releases"], found
    report_on_retries()

    # For operators.
    expect(call("GET", "/healthz", base=ROOT), 200, {"status": "ok"})
    # On a busy machine a write may take longer than its limit; the client then repeats the request.
    while (answer := call("GET", "/readyz", base=ROOT))[0] == 503:
        pass
    expect(answer, 200, {"status": "ready"})
    status, metrics = call("GET", "/metrics", base=ROOT)
    assert status == 200 and 'healing_recoveries_total{action="fallback",result="successful"} 2\n' in metrics, metrics
    status, description = call("GET", "/openapi.json", base=ROOT)
    assert status == 200
    described = {(method.upper(), path) for path, item in description["paths"].items() for method in item}
    missed = described - called
    assert not missed, f"not called: {missed}"
    print(f"{len(called)} operations are as they should be")


def report_on_retries():
    """The three failed calls: two were saved by a fallback, after a retry that failed."""
    status, found = call("GET", "/reports/attempts", component="openai_adapter")
    assert status == 200 and [(row["category"], row["attempt"], row["tried"], row["won"]) for row in found["attempts"]] == [
        ("network", 2, 1, 0)], found
    status, found = call("GET", "/reports/retries", component="openai_adapter")
    assert status == 200 and [row["verdict"] for row in found["retries"]] == ["too_few"], found
    status, found = call("GET", "/reports/availability", slo=99.5, min_calls=10)
    own = [row for row in found["availability"] if row["component"] == "openai_adapter"]
    assert status == 200 and len(own) == 1 and found["slo_percent"] == 99.5, found
    assert own[0]["actual"] == close(19 / 22) and own[0]["bad_minutes"] >= 1, own
    assert own[0]["burn"] == close((1 - own[0]["effective"]) / 0.005), own
    expect(call("GET", "/reports/availability", slo=100), 422, {"errors": [{"field": "slo"}]})
    for by in ("minute", "hour", "day"):
        status, found = call("GET", "/reports/rates", by=by, component="openai_adapter")
        assert status == 200 and found["count"] == len(found["rates"]) > 0, found
        assert sum(row["attempts"] for row in found["rates"]) == 22, found
        assert sum(row["failures"] for row in found["rates"]) == 3, found


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def close(value, tolerance=1e-9):
    return Any(f"about {value}", lambda v: is_number(v) and abs(v - value) <= tolerance)


def follow(errors):
    request = urllib.request.Request(BASE + "/events", headers={"Last-Event-ID": "0"})
    if TOKEN:
        request.add_header("Authorization", "Bearer " + TOKEN)
    called.add(("GET", BASE[len(ROOT):] + "/events"))
    kinds, seen = [], []
    with urllib.request.urlopen(request, timeout=300) as stream:
        while "transition" not in kinds or kinds.count("recovery") < 4:
            line = stream.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                kinds.append(line[7:])
            if line.startswith("data: "):
                seen.append(json.loads(line[6:])["id"])
    assert [id for id in seen if id in errors] == errors
    assert len(set(seen)) == len(seen)


main()
