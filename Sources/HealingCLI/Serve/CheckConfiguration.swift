import HealingServer
import HealingChecks
import Foundation
import Healing

/// An entry of `checks`.
struct CheckConfiguration: Sendable {
  private enum Kind {
    case http(HTTPCheck)
    case tcp(host: String, port: UInt16)
    case command([String])
  }

  let component: ComponentName
  private let kind: Kind
  private let timeout: Duration
  private let interval: Duration?
  private let failureThreshold: Int
  private let successThreshold: Int

  /// - Parameter shortestInterval: interval of the monitor's rounds; checks cannot run more often.
  /// - Returns: `nil` when a value is invalid; the error is recorded with the reader.
  init?(_ keys: FieldReader, shortestInterval: Duration) {
    let component = keys.component("component")
    if component?.text.hasPrefix("alert.") == true {
      keys.reject("component", "must not begin with 'alert.': such components are not monitored")
    }
    timeout = .seconds(keys.number("timeout_seconds", default: 5, in: 0.001...3_600))
    let interval = keys.number("interval_seconds", default: 0, in: 0...86_400)
    self.interval = interval == 0 ? nil : .seconds(interval)
    if let interval = self.interval, interval < shortestInterval {
      keys.reject(
        "interval_seconds",
        "must be 0, or not less than monitoring.check_interval_seconds, which is \(shortestInterval.milliseconds / 1_000)"
      )
    }
    failureThreshold = keys.integer("failure_threshold", default: 1, in: 1...100)
    successThreshold = keys.integer("success_threshold", default: 1, in: 1...100)
    let kinds = ["http", "tcp", "command"].filter { keys.has($0) }
    let kind: Kind? =
      switch kinds.first {
      case "http": Self.http(keys.object("http"))
      case "tcp": Self.tcp(keys.object("tcp"))
      case "command": Self.command(keys)
      default: nil
      }
    rejectUnknown(keys)
    if kinds.count != 1 { keys.reject("http", "tcp or command: give exactly one of them") }
    guard let component, let kind, kinds.count == 1 else { return nil }
    self.component = component
    self.kind = kind
  }

  /// Path of the program of a command check; `nil` for other kinds.
  var program: String? { if case .command(let arguments) = kind { arguments.first } else { nil } }

  private static func http(_ keys: FieldReader) -> Kind? {
    let url = webAddress(keys)
    let lowest = keys.integer("status_min", default: 200, in: 100...599)
    let highest = keys.integer("status_max", default: 299, in: 100...599)
    let text = keys.optionalText("body_contains", length: 1...1_000)
    let redirects = keys.word("redirects", default: Redirects.sameHost)
    rejectUnknown(keys)
    guard lowest <= highest else {
      keys.reject("status_max", "must not be less than status_min")
      return nil
    }
    guard let url, let redirects else { return nil }
    return .http(HTTPCheck(url: url, statuses: lowest...highest, containing: text, redirects: redirects))
  }

  private static func tcp(_ keys: FieldReader) -> Kind? {
    let host = keys.text("host", length: 1...253)
    let port = keys.integer("port", default: 0, in: 0...65_535)
    if port == 0 { keys.reject("port", "must be a whole number, 1 to 65535") }
    rejectUnknown(keys)
    return .tcp(host: host, port: UInt16(clamping: port))
  }

  private static func command(_ keys: FieldReader) -> Kind? {
    let arguments = keys.texts("command", count: 1...100)
    guard arguments.first?.hasPrefix("/") == true else {
      keys.reject("command", "must begin with the full path of a program")
      return nil
    }
    return .command(arguments)
  }

  func check(limiter: ConcurrencyLimiter) throws(InvalidOptionError) -> HealthCheck {
    let timeout = timeout
    let body: @Sendable () async throws -> HealthCheck.Result =
      switch kind {
      case .http(let check): { try await check.check() }
      case .tcp(let host, let port): { try await TCPCheck(host: host, port: port, timeout: timeout).check() }
      case .command(let arguments): { try await CommandCheck(arguments: arguments).check() }
      }
    let configured = ConfiguredCheck(
      timeout: timeout, interval: interval, failureThreshold: failureThreshold,
      successThreshold: successThreshold, limiter: limiter, check: body)
    // A backstop: the check's own timeout does not include the wait at the gate.
    return try HealthCheck(timeout: .seconds(3_600)) { try await configured.check() }
  }
}

/// Reads the `url` of a web service; `nil` when it is invalid, and the error is recorded with the reader.
func webAddress(_ keys: FieldReader) -> URL? {
  let text = keys.text("url", length: 1...2_000)
  guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https", url.host?.isEmpty == false
  else {
    keys.reject("url", "must be an http or https URL")
    return nil
  }
  return url
}
