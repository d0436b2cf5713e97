import Dispatch
import Foundation

/// Calls a handler on SIGINT and SIGTERM, which then no longer end the process.
final class SIGINTHandler {
  private let sources: [any DispatchSourceSignal]

  init(_ handler: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler(handler: handler)
      source.resume()
      return source
    }
  }

  deinit { sources.forEach { $0.cancel() } }
}
