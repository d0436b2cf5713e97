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
  func `the same fault over varying parts is one`(a: String, b: String) {
    #expect(Fingerprint(type: "T", message: a) == Fingerprint(type: "T", message: b))
  }

  @Test(arguments: [
    ("connection refused", "connection reset"), ("open failed", "close failed"),
    ("can't open 'x'", "can't read 'x'"), ("a: b", "a b"), ("", " x"), ("disk full", "disk fully"),
    ("retry in 5 s", "retry after 5 s"), ("the users' files are gone", "the users' rows are gone"),
    ("decade ended", "decade began"), ("std::bad_alloc", "std::bad_cast"),
  ])
  func `different faults differ`(a: String, b: String) {
    #expect(Fingerprint(type: "T", message: a) != Fingerprint(type: "T", message: b))
  }

  @Test func `the type is part of it`() {
    #expect(Fingerprint(type: "A", message: "x") != Fingerprint(type: "B", message: "x"))
    #expect(Fingerprint(type: "ab", message: "c") != Fingerprint(type: "a", message: "bc"))
  }

  @Test func `version 1 stays what it is`() {
    // FNV-1a of "T", 0, "dial tcp #:#: \" refused": fingerprints in ledgers must not change unnoticed.
    let fingerprint = Fingerprint(type: "T", message: "dial tcp 10.0.0.7:443: 'x' refused")
    #expect(fingerprint.text == "v1:14566e27da4bd2ae")
    var hash = FNV1a()
    hash.combine("foobar".utf8)
    #expect(hash.hexadecimal == "85944171f73967e8")
  }

  @Test func `the shape is readable`() {
    #expect(
      MessageShape.text(of: "Order 42 of  'ann' at [::1]:80 in /tmp/x: C:\\y, 1,000 don't a@b.c")
        == "order # of \" at [#]:# in /: /, # don't @")
  }
}
