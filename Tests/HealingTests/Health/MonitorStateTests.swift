import Testing

@testable import Healing

/// The state machine of the monitor, without clock, ledger or tasks.
@Suite struct MonitorStateTests {
  private let handler = AlertHandler(limit: .seconds(1)) { _ in }

  private func health(_ status: HealthStatus) -> ComponentHealth {
    ComponentHealth(
      "api", HealthWindow.Summary(), .standard, circuit: nil,
      checkResult: HealthCheck.Result(status, "as found"), checkTime: .zero, at: Timestamp(microseconds: 1))
  }

  /// Finishes a check, as the monitor does; begins it if none is in progress.
  private func finish(
    _ state: inout MonitorState, _ status: HealthStatus, sent: AlertRecord? = nil, at now: Int64
  ) -> (hasRow: Bool, deliveries: [String]) {
    _ = state.begin("api", at: now)
    let view = state.view(of: "api", after: nil)
    let hasRow = view.needsRow(status, at: now)
    let deliveries = state.finish(
      health(status), view, hasRow: hasRow, alerts: view.alerts ?? AlertState(), sent: sent, at: now)
    return (hasRow, deliveries)
  }

  @Test func `a component that is forgotten during its check does not come back`() {
    var state = MonitorState()
    state.register("api", check: nil)
    #expect(state.begin("api", at: 0) != nil)
    let view = state.view(of: "api", after: nil)
    _ = state.forget("api")
    #expect(
      state.finish(
        health(.critical), view, hasRow: true, alerts: AlertState(), sent: nil, at: 1) == [])
    #expect(state.lastChecks["api"] == nil)
    let next = state.view(of: "api", after: nil)
    #expect(next.alerts == nil && next.last == nil)
    // A later check is not ended by the one before it.
    #expect(state.begin("api", at: 2) != nil)
    _ = state.finish(health(.critical), view, hasRow: true, alerts: AlertState(), sent: nil, at: 3)
    #expect(state.begin("api", at: 4) == nil)
    #expect(finish(&state, .healthy, at: 5).hasRow)
  }

  @Test func `a component has one check in progress`() {
    var state = MonitorState()
    #expect(state.begin("api", at: 0) != nil)
    #expect(state.begin("api", at: 1) == nil)
    #expect(state.begin("db", at: 1) != nil)
    state.abandon("api")
    #expect(state.begin("api", at: 2) != nil)
    _ = finish(&state, .healthy, at: 3)
    #expect(state.begin("api", at: 4) != nil)
  }

  @Test func `a health check that still runs is awaited for its time limit, then overdue`() throws {
    var state = MonitorState()
    state.register("api", check: try HealthCheck(timeout: .seconds(1)) { .healthy() })
    guard case .run(let check) = state.begin("api", at: 0) else {
      Issue.record("the check did not begin")
      return
    }
    state.abandon("api")
    #expect(state.begin("api", at: 999_999_999) == nil)
    guard case .overdue = state.begin("api", at: 1_000_000_000) else {
      Issue.record("the check is not overdue")
      return
    }
    state.abandon("api")
    state.endRun(check)
    guard case .run = state.begin("api", at: 1_000_000_001) else {
      Issue.record("the check did not begin again")
      return
    }
  }

  @Test func `an unchanged status is a row again after the interval`() {
    var state = MonitorState()
    let interval = MonitorOptions.unchangedRowInterval.nanoseconds
    #expect(finish(&state, .healthy, at: 0).hasRow)
    #expect(!finish(&state, .healthy, at: interval - 1).hasRow)
    #expect(finish(&state, .healthy, at: interval).hasRow)
    #expect(finish(&state, .critical, at: interval + 1).hasRow)
  }

  @Test func `the finding of a health check that was removed meanwhile is dropped`() throws {
    var state = MonitorState()
    state.register("api", check: try HealthCheck { .healthy() })
    guard case .run(let check) = state.begin("api", at: 0) else {
      Issue.record("the check did not begin")
      return
    }
    let removed = [state.removeCheck(of: "api"), state.removeCheck(of: "api")]
    #expect(removed == [true, false])
    let result = MonitorState.LastResult(checkResult: .critical("down"), duration: .zero)
    let view = state.view(of: "api", after: (result, check))
    #expect(view.checkResult == nil && view.isUnchecked)
    _ = finish(&state, .healthy, at: 1)
    #expect(!state.view(of: "api", after: nil).isUnchecked)
  }

  @Test func `an abandoned check does not count as the first one without its health check`() throws {
    var state = MonitorState()
    state.register("api", check: try HealthCheck { .healthy() })
    _ = state.removeCheck(of: "api")
    _ = state.begin("api", at: 0)
    _ = state.view(of: "api", after: nil)
    state.abandon("api")
    #expect(state.view(of: "api", after: nil).isUnchecked)
  }

  @Test func `a finished check returns the handlers to deliver to, once`() {
    var state = MonitorState()
    state.setHandler("pager", handler)
    let alert = AlertRecord(
      id: LedgerID(rawValue: 1), at: Timestamp(microseconds: 1), component: "api", kind: .raised,
      status: .critical,
      previousStatus: nil, message: "down")
    #expect(finish(&state, .critical, sent: alert, at: 0).deliveries == ["pager"])
    #expect(finish(&state, .critical, at: 1).deliveries.isEmpty)
    guard case .deliver(alert, _) = state.nextDelivery(to: "pager") else {
      Issue.record("the alert is not delivered")
      return
    }
    guard case .end(successor: nil) = state.nextDelivery(to: "pager") else {
      Issue.record("the delivery does not end")
      return
    }
  }

  @Test func `a round has the idle components, and a notice when the ledger's readability changes`() throws {
    var state = MonitorState()
    state.register("db", check: try HealthCheck { .healthy() })
    _ = state.begin("busy", at: 0)
    let first = state.beginRound(known: ["busy", "api", "alert.pager"], nil)
    #expect(first.checked == ["db"] && first.others == ["api"])
    #expect(first.isFirst && first.notice == nil)
    let error = LedgerError(.busy, ledger: "ledger.db", problem: "it is locked")
    #expect(state.beginRound(known: [], error).notice != nil)
    #expect(state.beginRound(known: [], error).notice == nil)
    #expect(state.beginRound(known: [], nil).notice != nil)
  }
}
