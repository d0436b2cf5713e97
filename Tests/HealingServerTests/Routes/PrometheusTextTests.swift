import Testing

@testable import HealingServer

@Suite struct PrometheusTextTests {
  @Test(arguments: ["\"", "\\", "\n", "\"\u{301}", "\\\u{301}", "\r\n", "a\n\u{301}b", "\"\u{200D}\""])
  func `a label's value never ends its quotes or its line`(value: String) throws {
    var text = PrometheusText()
    text.add("m", .gauge, "help", [(labels: [("l", value)], value: 1)])
    let line = try #require(text.text.utf8.split(separator: UInt8(ascii: "\n")).last)
    #expect(line.starts(with: "m{l=\"".utf8) && line.suffix(4).elementsEqual("\"} 1".utf8))
    // Read back as the format says.
    var inside = line.dropFirst(5).dropLast(4)
    var bytes: [UInt8] = []
    while let byte = inside.popFirst() {
      #expect(byte != UInt8(ascii: "\""))
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      let escaped = inside.popFirst() ?? 0
      bytes.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
    }
    #expect(bytes == Array(value.utf8))
  }
}
