import HealingServer
import HealingChecks
import Foundation
import Healing

/// An entry of `alerts`.
struct AlertConfiguration: Sendable {
  private enum Kind {
    case webhook(URL, tokenFile: String?)
    case command([String])
    case log
  }

  let name: String
  private let kind: Kind
  private let timeout: Duration

  /// `nil` when a value is invalid; the error is recorded with the reader.
  init?(_ keys: FieldReader) {
    let name = keys.text("name", length: 1...100)
    timeout = .seconds(keys.number("timeout_seconds", default: 10, in: 0.001...3_600))
    let kinds = ["webhook", "command", "log"].filter { keys.has($0) }
    var kind: Kind?
    switch kinds.first {
    case "webhook":
      let webhook = keys.object("webhook")
      let tokenFile = webhook.optionalText("token_file", length: 1...4_096)
      kind = webAddress(webhook).map { .webhook($0, tokenFile: tokenFile) }
      rejectUnknown(webhook)
    case "command":
      let arguments = keys.texts("command", count: 1...100)
      if arguments.first?.hasPrefix("/") == true {
        kind = .command(arguments)
      } else {
        keys.reject("command", "must begin with the full path of a program")
      }
    case "log":
      if keys.has("timeout_seconds") { keys.reject("timeout_seconds", "is for webhook and command only") }
      if keys.flag("log") { kind = .log } else { keys.reject("log", "must be true, or omitted") }
    default: break
    }
    rejectUnknown(keys)
    if kinds.count != 1 { keys.reject("webhook", "command or log: give exactly one of them") }
    if (try? ComponentName(validating: "alert.\(name)")) == nil {
      keys.reject("name", "must be letters, digits, _ - . : /")
    }
    guard let kind, kinds.count == 1 else { return nil }
    self.name = name
    self.kind = kind
  }

  /// Time limit of one delivery attempt, longer than the channel's timeout, so that the timeout applies first.
  var limit: Duration { max(HealthMonitor.deliveryLimit, timeout + .seconds(5)) }

  /// Path of the program of a command alert; `nil` for other kinds.
  var program: String? { if case .command(let arguments) = kind { arguments.first } else { nil } }

  /// - Throws: ``UsageError`` when the webhook's token cannot be read.
  func handler(log: @escaping ServerLog) throws -> @Sendable (AlertRecord) async throws -> Void {
    switch kind {
    case .webhook(let url, let tokenFile):
      let token = try tokenFile.map { try TokenFile(path: $0).read().token }
      let webhook = WebhookAlert(url: url, token: token, timeout: timeout)
      return { try await webhook.deliver($0) }
    case .command(let arguments):
      let command = CommandAlert(arguments: arguments, timeout: timeout)
      return { try await command.deliver($0) }
    case .log:
      return { alert in
        log(
          alert.isResolved ? .info : .warning, "alert",
          [
            "component": alert.component.text, "kind": alert.kind.rawValue,
            "resolved": String(alert.isResolved), "status": alert.status.rawValue,
            "detail": alert.message, "alert_id": alert.id.description,
          ])
      }
    }
  }
}
