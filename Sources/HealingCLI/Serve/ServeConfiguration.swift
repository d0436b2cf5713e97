import HealingServer
import Foundation
import Healing
import HealingSQLite

/// The configuration from `healing.json5`. Every key is optional; docs/healing.json5 lists all with their
/// defaults.
struct ServeConfiguration: Sendable {
  var ledger: String?
  /// Whether the ledger may be on a file system in user space (FUSE).
  var allowsFUSE = false
  var retention = RetentionOptions.standard
  /// Size of the reserve file in bytes.
  var reserveBytes = SQLiteLedgerOptions().reserveBytes
  var sampleDelay = SQLiteLedgerOptions().sampleDelay
  var sampleDetail = SQLiteLedgerOptions().sampleDetail
  var errorRowsPerSecond = SQLiteLedgerOptions().errorRowsPerSecond
  var readDeadline = SQLiteLedgerOptions().readDeadline
  var listen = ListenAddress.standard
  var hosts: [String] = []
  var tokenFile: String?
  var readTokenFile: String?
  var transferBytes = ServerOptions().transferBytes
  var startsMonitoring = true
  var monitoring = MonitorOptions.standard
  /// Breakers that exist from the start.
  var breakers: [(component: ComponentName, options: CircuitBreakerOptions)] = []
  var maxComponents = RecoveryEngine.standardComponentLimit
  var checkConcurrency = 8
  var checks: [CheckConfiguration] = []
  var alerts: [AlertConfiguration] = []

  /// A configuration with default values.
  init() {}

  /// - Throws: ``UsageError`` that names the file and every invalid key.
  init(file path: String) throws {
    let data = try InputFile.read(path, "the configuration")
    guard let text = String(validating: data, as: UTF8.self) else {
      throw UsageError("\(path): the configuration is not UTF-8; save it in that encoding")
    }
    do throws(JSON5Scan.Problem) {
      try JSON5Scan.check(text)
    } catch {
      throw UsageError("\(path): the configuration is not valid JSON5: \(error)")
    }
    do {
      let keys = try FieldReader(json5: data)
      try self.init(keys)
      try keys.check()
    } catch let problem as ProblemDetails {
      let fields = problem.fields.map { "\($0.field) \($0.message)" }
      throw UsageError("\(path): \(fields.isEmpty ? problem.detail : fields.joined(separator: "; "))")
    }
  }

  private init(_ keys: FieldReader) throws {
    ledger = keys.optionalText("ledger", length: 1...4_096)
    allowsFUSE = keys.flag("allow_fuse", default: false)
    readRetention(keys.object("retention"))
    readRecording(keys.object("recording"))
    readDeadline = .seconds(keys.number("read_deadline_seconds", default: 5, in: 0.1...3_600))
    let listen = keys.text("listen", default: ListenAddress.standard.description, length: 1...300)
    if let address = ListenAddress(listen) {
      self.listen = address
    } else {
      keys.reject("listen", "must be ADDRESS:PORT, such as 127.0.0.1:8484 or [::1]:8484")
    }
    hosts = keys.texts("hosts", default: [], count: 0...100)
    for (index, host) in hosts.enumerated() {
      if let problem = ServerOptions.problem(ofHost: host) { keys.reject("hosts[\(index)]", problem) }
    }
    tokenFile = keys.optionalText("token_file", length: 1...4_096)
    readTokenFile = keys.optionalText("read_token_file", length: 1...4_096)
    transferBytes = keys.integer("transfer_budget_mib", default: 64, in: 2...16_384) * 1_024 * 1_024
    try readMonitoring(keys.object("monitoring"))
    var components = UniqueNames(list: "components", key: "component")
    breakers = try keys.objects("components", isRequired: false, count: 0...1_000).compactMap { keys in
      let breaker = try Self.breaker(keys)
      components.add(breaker?.0.text, of: keys)
      return breaker
    }
    maxComponents = keys.integer(
      "max_components", default: RecoveryEngine.standardComponentLimit, in: 1...1_000_000)
    checkConcurrency = keys.integer("check_concurrency", default: 8, in: 1...100)
    var checked = UniqueNames(
      list: "checks", key: "component", remedy: "give each check its own component")
    let shortest = monitoring.checkInterval
    checks = keys.objects("checks", isRequired: false, count: 0...1_000).compactMap { keys in
      let check = CheckConfiguration(keys, shortestInterval: shortest)
      checked.add(check?.component.text, of: keys)
      return check
    }
    var names = UniqueNames(list: "alerts", key: "name")
    alerts = keys.objects("alerts", isRequired: false, count: 0...100).compactMap { keys in
      let alert = AlertConfiguration(keys)
      names.add(alert?.name, of: keys)
      return alert
    }
    rejectUnknown(keys)
  }

  private mutating func readRetention(_ keys: FieldReader) {
    func age(_ key: String, default days: Int) -> Duration? {
      let days = keys.integer(key, default: days, in: 0...36_500)
      return days == 0 ? nil : .seconds(days * 86_400)
    }
    retention = RetentionOptions(
      samples: age("samples_days", default: 7), errors: age("errors_days", default: 90),
      recoveries: age("recoveries_days", default: 400), checks: age("checks_days", default: 30),
      events: age("events_days", default: 30), minutes: age("minutes_days", default: 90),
      hours: age("hours_days", default: 730))
    let size = keys.integer("max_mib", default: 2_048, in: 0...16_777_216)
    retention.maxBytes = size == 0 ? nil : Int64(size) << 20
    reserveBytes = Int64(keys.integer("reserve_mib", default: 4, in: 0...1_024)) << 20
    rejectUnknown(keys)
  }

  private enum SampleDetailWord: String, CaseIterable {
    case everyCall = "every_call"
    case limited, merged
  }

  private mutating func readRecording(_ keys: FieldReader) {
    sampleDelay = .milliseconds(keys.integer("sample_delay_ms", default: 200, in: 0...10_000))
    let rows = keys.integer("sample_rows_per_second", default: 1, in: 1...1_000_000)
    let word = keys.word("sample_detail", default: SampleDetailWord.limited) ?? .limited
    switch word {
    case .everyCall: sampleDetail = .everyCall
    case .limited: sampleDetail = .limited(rowsPerSecond: rows)
    case .merged: sampleDetail = .merged
    }
    if word != .limited && keys.has("sample_rows_per_second") {
      keys.reject("sample_rows_per_second", "has an effect only with sample_detail limited")
    }
    errorRowsPerSecond = keys.integer("error_rows_per_second", default: 10, in: 1...1_000_000)
    rejectUnknown(keys)
  }

  /// How the ledger is opened.
  var ledgerOptions: SQLiteLedgerOptions {
    SQLiteLedgerOptions(
      allowsFUSE: allowsFUSE, sampleDelay: sampleDelay, sampleDetail: sampleDetail,
      errorRowsPerSecond: errorRowsPerSecond, retention: retention, reserveBytes: reserveBytes,
      readDeadline: readDeadline)
  }

  /// The recording as one text, to compare and to log.
  var recordingText: String {
    let detail =
      switch sampleDetail {
      case .everyCall: "every_call"
      case .limited(let rows): "limited, sample_rows_per_second \(rows)"
      case .merged: "merged"
      }
    return
      "sample_delay_ms \(Int64(sampleDelay.milliseconds)), sample_detail \(detail), error_rows_per_second \(errorRowsPerSecond)"
  }

  /// The retention as one text, to compare and to log.
  var retentionText: String {
    let ages = [
      ("samples", retention.samples), ("errors", retention.errors), ("recoveries", retention.recoveries),
      ("checks", retention.checks), ("events", retention.events), ("minutes", retention.minutes),
      ("hours", retention.hours),
    ].map { "\($0)_days \(($1?.components.seconds ?? 0) / 86_400)" }
    return (ages + ["max_mib \((retention.maxBytes ?? 0) >> 20)", "reserve_mib \(reserveBytes >> 20)"])
      .joined(separator: ", ")
  }

  private mutating func readMonitoring(_ keys: FieldReader) throws {
    startsMonitoring = keys.flag("start", default: true)
    let interval = keys.number("check_interval_seconds", default: 30, in: 0.1...86_400)
    let threshold = keys.word("alert_threshold", default: HealthStatus.unhealthy) ?? .unhealthy
    let reminder = keys.number("reminder_interval_seconds", default: 3_600, in: 0...2_592_000)
    let circuitDelay = keys.number("circuit_alert_delay_seconds", default: 10, in: 0...3_600)
    rejectUnknown(keys)
    if threshold == .healthy {
      keys.reject("alert_threshold", "must be one of degraded, unhealthy, critical")
    }
    if reminder > 0 && reminder < 1 {
      keys.reject("reminder_interval_seconds", "must be 0 for never, or 1 to 2592000")
    }
    // Values out of range are recorded with the reader; the file is rejected after all keys have been read.
    monitoring = MonitorOptions(
      checkInterval: .seconds(interval), alertThreshold: threshold,
      reminderInterval: reminder == 0 ? nil : .seconds(reminder), circuitAlertDelay: .seconds(circuitDelay))
  }

  private static func breaker(_ keys: FieldReader) throws -> (ComponentName, CircuitBreakerOptions)? {
    let component = keys.component("component")
    let config = keys.object("circuit_breaker")
    let options = CircuitBreakerOptions(config)
    rejectUnknown(config)
    rejectUnknown(keys)
    return component.map { ($0, options) }
  }
}

/// Records an error for each unknown key, with the nearest known key as a hint.
func rejectUnknown(_ keys: FieldReader) {
  keys.rejectUnknown { Spelling.nearest(to: $0, among: $1) }
}
