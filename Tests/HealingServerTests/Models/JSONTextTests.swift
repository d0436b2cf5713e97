@testable import HealingServer
import Healing
import Testing

@Suite struct JSONTextTests {
  /// Delete, a control character of the second block, and marks that turn the writing direction or separate lines.
  @Test(arguments: ["\u{7F}", "\u{9B}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{FEFF}"])
  func `control characters are escaped`(mark: String) throws {
    let text = String(decoding: try JSONText.encode(["é\(mark)": "x\(mark)é"]), as: UTF8.self)
    let digits = String(mark.unicodeScalars.first?.value ?? 0, radix: 16)
    let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    #expect(text == "{\"é\(escape)\":\"x\(escape)é\"}")
  }
}
