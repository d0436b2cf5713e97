import HealingTestSupport
import Testing

@testable import Healing

/// Every shape of a secret in every wrapping: no part of the secret survives.
@Suite struct RedactionPropertyTests {
  /// Each shape has every third wrapping, beginning at another one; `make test-redaction` tries all.
  @Test(arguments: SecretShape.all.indices)
  func `no part of a secret survives in any wrapping`(index: Int) {
    let shape = SecretShape.all[index]
    for secret in shape.samples {
      for wrapping in Sweep.share(of: Wrapping.all, every: 3, from: index % 3) {
        let text = wrapping.wrap(shape.text(with: secret))
        let redacted = Redactor.redact(text)
        #expect(Self.piece(of: secret, in: redacted) == nil, "\(wrapping): \(redacted)")
        #expect(Redactor.redact(redacted) == redacted, "\(wrapping): \(redacted)")
      }
    }
  }

  @Test(arguments: SecretShape.lines)
  func `no part of a secret below its name survives`(template: String) {
    for secret in ["hunter2", "q7!kZ#2w^Lp9*t", "Zx9qLm4TbW2kVr7NcHd8"] {
      for wrapping in Wrapping.all where wrapping.keepsLines {
        let redacted = Redactor.redact(wrapping.wrap(template.replacingOccurrences("§", with: secret)))
        #expect(Self.piece(of: secret, in: redacted) == nil, "\(wrapping): \(redacted)")
        #expect(Redactor.redact(redacted) == redacted, "\(wrapping): \(redacted)")
      }
    }
  }

  @Test func `the test has enough shapes and wrappings`() {
    #expect(
      Set(SecretShape.all.map(\.template)).count == SecretShape.all.count && SecretShape.all.count >= 67)
    #expect(Wrapping.all.count >= 30)
  }

  /// A secret that the end of the window cuts through must not leave its head behind.
  @Test(arguments: Sweep.share(of: SecretShape.all, every: 9))
  func `no part of a secret at the end of the scanned text survives`(shape: SecretShape) throws {
    let secret = try #require(shape.samples.last)
    let text = shape.text(with: secret)
    let begin = try #require(text.utf8.count >= secret.utf8.count ? text.range(of: secret) : nil)
    let lead = text[..<begin].utf8.count
    // The places of the secret: across the end of the window, and across the end of what is kept.
    for border in [TextWindow.length, TextWindow.length - TextWindow.margin] {
      for inside in stride(from: 0, through: secret.utf8.count, by: 3) {
        let fill = String(repeating: "word ", count: border / 5).utf8.prefix(
          max(0, border - lead - inside - 1))
        let whole =
          String(decoding: fill, as: UTF8.self) + " " + text + String(repeating: " more", count: 4_000)
        let redacted = Redactor.redact(whole, maximumLength: 200_000)
        #expect(Self.piece(of: secret, in: redacted) == nil, "\(inside) bytes before \(border)")
      }
    }
  }

  /// Runs of six characters, or the whole of a shorter secret; escapes are undone first.
  private static func piece(of secret: String, in text: String) -> String? {
    var text = text
    let decoded = text.withUTF8 { bytes in
      DecodedText(bytes).map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    }
    let characters = Array(secret)
    let length = min(6, characters.count)
    return (0...characters.count - length).map { String(characters[$0..<$0 + length]) }
      .first { text.contains($0) || decoded.contains($0) }
  }
}

extension String {
  fileprivate func range(of part: String) -> String.Index? {
    indices.first { self[$0...].hasPrefix(part) }
  }
}
