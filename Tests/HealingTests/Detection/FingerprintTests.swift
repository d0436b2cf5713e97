import Foundation
import Testing

@testable import Healing

@Suite struct FingerprintTests {
  @Test(arguments: [
    ("order 42 failed", "order 1337 failed"),
    ("took 1,024 ms", "took 7 ms"),
    ("job 550e8400-e29b-41d4-a716-446655440000 died", "job 6ba7b810-9dad-11d1-80b4-00c04fd430c8 died"),
    ("dial tcp 10.0.0.7:443: refused", "dial tcp 192.168.1.20:8443: refused"),
    ("dial tcp [::1]:443: refused", "dial tcp [fe80::dead:beef]:8443: refused"),
    ("from 2001:db8::a to fe80::b", "from ::1 to 2001:db8:0:0:0:0:0:1"),
    ("open /var/lib/app/a.db: busy", "open /srv/data/b/c.sqlite: busy"),
    (#"open C:\data\a.txt failed"#, #"open D:\other\folder\b.txt failed"#),
    ("unknown column 'price' in 'orders'", "unknown column 'name' in 'users'"),
    (#"relation "a" does not exist"#, #"relation "b_c d" does not exist"#),
    ("key `a` is taken", "key `b` is taken"),
    ("at 0x7ffee4b0 in heap", "at 0x10 in heap"),
    ("sha 9f86d081884c7d65 differs", "sha 2c26b46b68ffc68f differs"),
    ("2026-01-31T12:00:00Z lost", "2025-12-01T00:59:59.123Z lost"),
    ("no mail for ann@example.com", "no mail for bob.b@mail.test"),
    ("GET https://a.example/x/1: 500", "GET https://b.example/yy/22/z: 503"),
    ("Timed  OUT\tnow", "timed out now"),
  ])
  func `messages that differ only in variable parts share a fingerprint`(a: String, b: String) {
    #expect(
      Fingerprint(type: "T", message: a, category: .api) == Fingerprint(type: "T", message: b, category: .api)
    )
  }

  @Test(arguments: [
    ("connection refused", "connection reset"), ("open failed", "close failed"),
    ("can't open 'x'", "can't read 'x'"), ("a: b", "a b"), ("", " x"), ("disk full", "disk fully"),
    ("retry in 5 s", "retry after 5 s"), ("the users' files are gone", "the users' rows are gone"),
    ("decade ended", "decade began"), ("std::bad_alloc", "std::bad_cast"),
  ])
  func `different faults have different fingerprints`(a: String, b: String) {
    #expect(
      Fingerprint(type: "T", message: a, category: .api) != Fingerprint(type: "T", message: b, category: .api)
    )
  }

  @Test func `the type is part of the fingerprint`() {
    #expect(
      Fingerprint(type: "A", message: "x", category: .api)
        != Fingerprint(type: "B", message: "x", category: .api))
    #expect(
      Fingerprint(type: "ab", message: "c", category: .api)
        != Fingerprint(type: "a", message: "bc", category: .api))
  }

  @Test func `the category is part of the fingerprint`() {
    for type in ["", "T"] {
      for message in ["", "x", "exit status 1", "network"] {
        let all = ErrorCategory.allCases.map { Fingerprint(type: type, message: message, category: $0) }
        #expect(Set(all).count == ErrorCategory.allCases.count)
      }
    }
    // By code alone the one is throttling, the other a wrong request.
    let detector = ErrorDetector()
    let codes = ["429", "400", "503", "504"].map {
      detector.detect(
        ErrorEvidence(type: "HTTPError", message: "failed", code: $0), component: "a", operation: "b")
    }
    #expect(Set(codes.map(\.category)).count == 4)
    #expect(Set(codes.map(\.fingerprint)).count == 4)
  }

  @Test func `version 2 keeps its values`() {
    // FNV-1a of "T", 0, "dial tcp #:#: \" refused", 0, "network": fingerprints in ledgers must not change unnoticed.
    let fingerprint = Fingerprint(
      type: "T", message: "dial tcp 10.0.0.7:443: 'x' refused", category: .network)
    #expect(fingerprint.text == "v2:9840bec428b5d448")
    let limited = Fingerprint(type: "T", message: "dial tcp 10.0.0.7:443: 'x' refused", category: .rateLimit)
    #expect(limited.text == "v2:75efb76c91956c94")
    var hash = FNV1a()
    hash.combine("foobar".utf8)
    #expect(hash.hexadecimal == "85944171f73967e8")
  }

  @Test func `fingerprints of version 1 are decoded and encoded unchanged`() throws {
    let old = Fingerprint(text: "v1:14566e27da4bd2ae")
    let json = try JSONEncoder().encode([old])
    #expect(String(decoding: json, as: UTF8.self) == #"["v1:14566e27da4bd2ae"]"#)
    #expect(try JSONDecoder().decode([Fingerprint].self, from: json) == [old])
    let context = ErrorContext(
      id: LedgerID(rawValue: 1), at: Timestamp(microseconds: 0), component: "a", operation: "b",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "x",
      fingerprint: old)
    #expect(context.fingerprint == old)
  }

  @Test func `the normalised message is readable`() {
    #expect(
      MessageShape.text(of: "Order 42 of  'ann' at [::1]:80 in /tmp/x: C:\\y, 1,000 don't a@b.c")
        == "order # of \" at [#]:# in /: /, # don't @")
  }

  @Test(arguments: [
    "v2:9840bec428b5d448", "v1:0000000000000000", "v0:ffffffffffffffff", "v2:merged", "", ":", "v2:",
    "v2:9840BEC428B5D448", "v2:+840bec428b5d448", "v12:9840bec428b5d448", "2:9840bec428b5d448",
    "v2:9840bec428b5d448:", "v2:9840bec428b5d44", "vé:9840bec428b5d448",
  ])
  func `a fingerprint from the ledger keeps its text`(text: String) throws {
    let fingerprint = Fingerprint(text: text)
    #expect(fingerprint.text == text)
    #expect(
      try JSONDecoder().decode(Fingerprint.self, from: JSONEncoder().encode(fingerprint)) == fingerprint)
  }
}
