import Healing
import HealingServer
import Synchronization

/// Logs when the deliveries of an alert channel begin to fail, and when one succeeds again: one line each, however many
/// attempts fail in between.
final class AlertChannelLog: Sendable {
  /// Failed attempts since the last delivery, by channel; channels without one are missing.
  private let failures = Lock<[String: Int]>([:])
  private let log: ServerLog

  init(log: @escaping ServerLog) { self.log = log }

  /// Returns a handler that calls `deliver` and logs the channel's state.
  func watching(
    _ channel: String, _ deliver: @escaping @Sendable (AlertRecord) async throws -> Void
  ) -> @Sendable (AlertRecord) async throws -> Void {
    { alert in
      do {
        try await deliver(alert)
      } catch {
        // A cancelled attempt says nothing about the channel.
        if !Task.isCancelled { self.failed(channel, alert, error) }
        throw error
      }
      self.succeeded(channel, alert)
    }
  }

  private func failed(_ channel: String, _ alert: AlertRecord, _ error: any Error) {
    let isFirst = failures.withLock { failures in
      failures[channel, default: 0] += 1
      return failures[channel] == 1
    }
    guard isFirst else { return }
    log(
      .warning, "an alert channel fails; its alerts are retried",
      [
        "channel": channel, "error": "\(error)", "alert_id": alert.id.description,
        "component": alert.component.text,
      ])
  }

  private func succeeded(_ channel: String, _ alert: AlertRecord) {
    guard let count = failures.withLock({ $0.removeValue(forKey: channel) }) else { return }
    log(
      .info, "an alert channel delivers again",
      [
        "channel": channel, "failed_attempts": String(count), "alert_id": alert.id.description,
        "component": alert.component.text,
      ])
  }
}
