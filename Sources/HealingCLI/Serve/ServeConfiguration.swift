import HealingServer
import Foundation
import Healing

/// The configuration from `healing.json5`. Every key is optional; docs/healing.json5 lists all with their
/// defaults.
struct ServeConfiguration: Sendable {
  var ledger: String?
  /// Whether the ledger may be on a file system in user space (FUSE).
  var allowsFUSE = false
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
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): the configuration cannot be read")
    }
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
