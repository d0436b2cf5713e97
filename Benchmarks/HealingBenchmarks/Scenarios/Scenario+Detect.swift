import Foundation
import Healing
import Synchronization

extension Scenario {
  /// An error classified, fingerprinted and redacted.
  static let detect = Scenario("detect") { bench in
    let detector = ErrorDetector()
    let name: ComponentName = "detect"
    let trouble: any Error = Trouble()
    let errors: [(String, any Error)] = [
      ("by type: POSIXError", POSIXError(.ECONNREFUSED)),
      ("by type: URLError", URLError(.timedOut)),
      ("by words, with a secret", Secretive()),
    ]
    let number = Atomic(0)
    let contenders =
      errors.map { label, error in
        Contender(name: label, budgets: [.ratioAtMost(36)]) { calls in
          for _ in 0..<calls { consume(detector.detect(error, component: name, operation: "call")) }
        }
      } + [
        Contender(name: "by words, seen before", budgets: [.ratioAtMost(6)]) { calls in
          for _ in 0..<calls { consume(detector.detect(trouble, component: name, operation: "call")) }
        },
        Contender(name: "by words, for the first time", budgets: [.ratioAtMost(32)]) { calls in
          for _ in 0..<calls {
            let error = Numbered(number: number.add(1, ordering: .relaxed).newValue)
            consume(detector.detect(error, component: name, operation: "call"))
          }
        },
      ]
    return try await bench.compare(
      "detect", calls: 500,
      to: Contender(name: "an error's words") { calls in
        for _ in 0..<calls { consume(String(describing: trouble)) }
      }, contenders)
  }
}

/// Each with a different message.
private struct Numbered: Error, CustomStringConvertible {
  let number: Int
  var description: String { "dial tcp 10.0.0.7:443: connect: connection refused (\(number))" }
}

private struct Secretive: Error, CustomStringConvertible {
  let description =
    "HTTP 503 from https://user:hunter2@api.example.com/v1/chat?id=8a6e0804-2bd0-4672-b79d-d97027f9071a, "
    + "Authorization: Bearer sk-proj-abcdefghijklmnopqrstuvwxyz0123456789, retry after 20s"
}
