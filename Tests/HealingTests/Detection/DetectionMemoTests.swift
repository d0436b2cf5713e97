import Foundation
import Synchronization
import Testing

@testable import Healing

/// The memo returns what detection returns, and keeps neither secrets nor verdicts on wrapped errors.
@Suite struct DetectionMemoTests {
  struct Refused: Error, CustomStringConvertible { let description: String }
  struct Deadlock: Error, CustomStringConvertible { let description: String }
  /// One description for every cause.
  struct Failed: Error, CustomStringConvertible {
    let cause: (any Error)?
    let description = "the upload failed"
  }

  private let type = ObjectIdentifier(Refused.self)

  /// Detects as the detector does, and counts how often an error is new.
  private func detect(_ message: String, _ memo: DetectionMemo, as type: ObjectIdentifier, _ runs: inout Int)
    -> DetectedError
  {
    if let known = memo.error(type, message: message) { return known }
    runs += 1
    let error = DetectedError(
      ErrorDetector.standard.classify(ErrorEvidence(type: "Refused", message: message)), type: "Refused",
      message: message)
    memo.keep(error, type, message: message)
    return error
  }

  @Test func `an error that comes again is detected once`() {
    let memo = DetectionMemo()
    var runs = 0
    let first = detect("connection refused", memo, as: type, &runs)
    var second = first
    for _ in 0..<100 { second = detect("connection refused", memo, as: type, &runs) }
    // Once for each shard, because the thread may move to another processor.
    #expect((1...4).contains(runs))
    #expect(second.classification == first.classification)
    #expect(second.fingerprint == first.fingerprint)
    #expect(second.message == "connection refused")
  }

  @Test func `another type with the same message is detected for itself`() {
    let memo = DetectionMemo()
    var runs = 0
    _ = detect("gone", memo, as: type, &runs)
    _ = detect("gone", memo, as: ObjectIdentifier(Deadlock.self), &runs)
    #expect(runs == 2)
  }

  @Test(arguments: [
    "password=hunter2 was refused", "https://user:hunter2@example.com is down",
    String(repeating: "x", count: DetectionMemo.longestMessage + 1),
  ])
  func `a message with a secret and one that is too long are not kept`(_ message: String) {
    let memo = DetectionMemo()
    var runs = 0
    _ = detect(message, memo, as: type, &runs)
    let second = detect(message, memo, as: type, &runs)
    #expect(runs == 2)
    #expect(!second.message.contains("hunter2"))
  }

  @Test func `the memo is bounded, and returns the right error when many share a place`() {
    let memo = DetectionMemo()
    var runs = 0
    let messages = (0..<20_000).map { "attempt \($0) was refused" }
    for message in messages { _ = detect(message, memo, as: type, &runs) }
    for message in messages { #expect(detect(message, memo, as: type, &runs).message == message) }
    // At most one error a place is still known in the second round.
    #expect(runs >= 2 * messages.count - 4 * DetectionMemo.entriesPerShard)
  }

  @Test func `messages that are equal only after Unicode normalisation are two errors`() {
    let memo = DetectionMemo()
    var runs = 0
    // The Kelvin sign is canonically equivalent to the letter K.
    let (first, second) = ("HOST \u{212A}EY VERIFICATION FAILED", "HOST KEY VERIFICATION FAILED")
    #expect(first == second)
    let strange = detect(first, memo, as: type, &runs)
    let plain = detect(second, memo, as: type, &runs)
    #expect(runs == 2)
    #expect(Array(strange.message.utf8) == Array(first.utf8))
    #expect(Array(plain.message.utf8) == Array(second.utf8))
    #expect(
      plain.classification == ErrorDetector.standard.classify(ErrorEvidence(type: "Refused", message: second))
    )
  }

  @Test func `a custom classifier is called once for an error`() {
    final class Counting: ErrorClassifier {
      let calls = Lock(0)
      func classify(_ error: any Error) -> ErrorClassification? {
        calls.withLock { $0 += 1 }
        return nil
      }
    }
    let classifier = Counting()
    let detector = ErrorDetector(classifiers: [classifier])
    _ = detector.classify(Refused(description: "gone"))
    #expect(classifier.calls.withLock { $0 } == 1)
    _ = detector.detect(Refused(description: "gone"), component: "a", operation: "call")
    #expect(classifier.calls.withLock { $0 } == 2)
  }

  @Test func `a detector returns the same context for an error that comes again`() {
    let detector = ErrorDetector()
    for error in [
      Refused(description: "connection refused by 10.0.0.7"), Refused(description: "429 too many requests"),
      Refused(description: "api_key=sk-live-0123456789abcdef was rejected"),
    ] {
      let first = detector.detect(error, component: "a", operation: "call")
      let second = detector.detect(error, component: "b", operation: "other")
      #expect(second.classification == first.classification)
      #expect(second.type == first.type)
      #expect(second.message == first.message)
      #expect(second.fingerprint == first.fingerprint)
      #expect(second.component == "b")
      #expect(second.operation == "other")
    }
  }

  @Test func `errors with one message and different causes have different verdicts`() {
    let detector = ErrorDetector()
    let plain = detector.detect(Failed(cause: nil), component: "a", operation: "call")
    let cancelled = detector.detect(Failed(cause: CancellationError()), component: "a", operation: "call")
    let full = detector.detect(Failed(cause: POSIXError(.ENOSPC)), component: "a", operation: "call")
    #expect(!plain.classification.isCancellation)
    #expect(cancelled.classification.isCancellation)
    #expect(full.classification.category == .resource)
    #expect(
      detector.detect(Failed(cause: nil), component: "a", operation: "call").classification
        == plain.classification)
  }

  @Test func `a custom classifier is called for each error`() {
    struct Everything: ErrorClassifier {
      func classify(_ error: any Error) -> ErrorClassification? {
        ErrorClassification(category: .database, rule: "mine")
      }
    }
    let error = Refused(description: "connection refused")
    _ = ErrorDetector().detect(error, component: "a", operation: "call")
    #expect(ErrorDetector(classifiers: [Everything()]).classify(error).rule == "mine")
    #expect(ErrorDetector().classify(error).category == .network)
  }
}
