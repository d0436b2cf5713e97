import Foundation
import Healing
import Testing

@Suite struct ComponentNameTests {
  @Test(arguments: [
    "a", "orders_db", "db/primary", "tenant:42", "A.b-C_d/9:e", String(repeating: "x", count: 200),
  ])
  func `a valid text is the name unchanged`(text: String) throws {
    #expect(ComponentName(text).text == text)
    #expect(try ComponentName(validating: text) == ComponentName(text))
  }

  @Test(arguments: [
    ("tenant 42/äöü", "tenant%2042/%C3%A4%C3%B6%C3%BC"), ("tenant_42/___", "tenant_42/___"), ("50%", "50%25"),
    ("a%20b", "a%2520b"), ("a b", "a%20b"), ("line\n", "line%0A"), ("\u{0}", "%00"),
    ("", "%-e3b0c44298fc1c149afbf4c8996fb924"),
    (
      String(repeating: "a", count: 201),
      String(repeating: "a", count: 166) + "%-a92efd82109373e58f9a2056dee01e80"
    ),
  ])
  func `bytes that a name cannot contain are escaped`(text: String, name: String) {
    #expect(ComponentName(text).text == name)
  }

  /// Texts that are easily taken for each other.
  private static let near: [String] = {
    let long = String(repeating: "ä", count: 300)
    let longest = String(repeating: "x", count: 200)
    return [
      "", " ", "_", "%", "%20", "%2520", "%-", "\u{0}", "tenant 42/äöü", "tenant_42/___", "tenant_42/äöü",
      "tenant 42/___", "é", "e\u{301}", "Ⅸ", "IX", "a", "A", "а", "a\u{200B}", "a\n", "a\r\n", long,
      long + "a",
      long + "b", longest, longest + "x", longest + "xx", String(longest.dropLast()) + " ",
      String(longest.dropLast(34)) + "%-e3b0c44298fc1c149afbf4c8996fb924", "healing:too-many-components",
      "%-e3b0c44298fc1c149afbf4c8996fb924",
    ]
  }()

  @Test func `different texts are different names, and every name is valid`() throws {
    var generator = SplitMix64(seed: 13)
    let alphabet = Array("ab %_-/ä€😀\u{301}\n")
    let random = (0..<20_000).map { _ in
      String(
        (0..<Int.random(in: 0...90, using: &generator)).map { _ in
          alphabet[Int.random(in: alphabet.indices, using: &generator)]
        })
    }
    var textOf: [ComponentName: [UInt8]] = [:]
    for text in Self.near + random {
      let name = ComponentName(text)
      #expect((1...200).contains(name.text.utf8.count))
      #expect(try ComponentName(validating: name.text) == name, "a name can be given as it is printed")
      let bytes = Array(text.utf8)
      #expect(textOf.updateValue(bytes, forKey: name) ?? bytes == bytes, "\(text) has a distinct name")
    }
  }

  @Test(arguments: [
    "", " ", "a b", "ä", "a\n", "%", "%2", "%2g", "%2f", "100%", "%-", "%-e3b0", "a\u{0}",
    "%-E3B0C44298FC1C149AFBF4C8996FB924", "%-e3b0c44298fc1c149afbf4c8996fb924x",
    String(repeating: "x", count: 201),
  ])
  func `an invalid name throws where the caller can correct it`(text: String) throws {
    let error = #expect(throws: InvalidComponentNameError.self) { try ComponentName(validating: text) }
    #expect(error?.description.contains("letters, digits") == true)
    let json = try JSONEncoder().encode([text])
    #expect(throws: InvalidComponentNameError.self) {
      try JSONDecoder().decode([ComponentName].self, from: json)
    }
  }

  @Test func `a name is coded, compared and ordered by its text`() throws {
    let names: [ComponentName] = ["b", "a b", "a"]
    let coded = try JSONDecoder().decode([ComponentName].self, from: JSONEncoder().encode(names))
    #expect(coded == names)
    #expect(Set(coded + names).count == 3)
    #expect(names.sorted().map(\.description) == ["a", "a%20b", "b"])
  }

  @Test func `a text of a megabyte costs no more than its bytes`() {
    let text = String(repeating: "ä", count: 500_000)
    #expect(ComponentName(text).text.utf8.count == 165 + 34)
  }
}
