import Foundation
import Testing

@testable import Healing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("2026-01-31T12:00:00Z", 1_769_860_800_000_000),
    ("2026-01-31t12:00:00z", 1_769_860_800_000_000),
    ("2026-01-31T12:00Z", 1_769_860_800_000_000),
    ("2026-01-31T12:00:00.25+01:00", 1_769_857_200_250_000),
    ("2026-01-31T12:00:00,0000019-0530", 1_769_880_600_000_001),
    ("2026-01-31T12:00:00+01", 1_769_857_200_000_000),
    ("2026-01-31", 1_769_817_600_000_000),
    ("2024-02-29", 1_709_164_800_000_000),
    ("1583-01-01T00:00:00Z", -12_212_553_600_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
  ])
  func `a time is parsed whole`(text: String, microseconds: Int64) {
    #expect(Timestamp(iso8601: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-01", "2026-11-27xyz", "2026-02-30", "2026-02-29", "2026-13-01", "2026-00-10",
    "2026-01-00",
    "2026-01-31T25:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z",
    "2026-01-31T12:00:00Z ", " 2026-01-31", "2026-01-31T12:00:00Zx", "2026-01-31T12:00:00+99:00",
    "2026-01-31T12:00:00+01:75", "2026-01-31 12:00:00Z", "2026-01-31T12Z", "2026-1-31", "20260131",
    "2026-01-31T12:00:00.Z", "1582-12-31", "0000-01-01", "٢٠٢٦-01-31", "2026-01-31T12:00:00Z\u{301}",
    "-2026-01-31", "99999-01-01",
  ])
  func `a text that is not a time as a whole is rejected`(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
    #expect(Timestamp(iso8601: text, zone: .gmt) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Timestamp].self, from: JSONEncoder().encode([text]))
    }
  }

  @Test func `a time of day without a zone needs one`() throws {
    let text = "2026-11-27T23:59:59"
    #expect(Timestamp(iso8601: text) == nil)
    #expect(Timestamp(iso8601: text, zone: .gmt) == Timestamp(iso8601: text + "Z"))
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    #expect(Timestamp(iso8601: text, zone: berlin) == Timestamp(iso8601: text + "+01:00"))
    #expect(Timestamp(iso8601: text + "Z", zone: berlin) == Timestamp(iso8601: text + "Z"))
    #expect(Timestamp(iso8601: "2026-07-01", zone: berlin) == Timestamp(iso8601: "2026-06-30T22:00:00Z"))
    // An hour that the clock leaves out.
    #expect(
      Timestamp(iso8601: "2026-03-29T02:30:00", zone: berlin) == Timestamp(iso8601: "2026-03-29T01:30:00Z"))
  }

  @Test func `a formatted time is parsed to the same time`() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<2_000 {
      let time = Timestamp(
        microseconds: Int64.random(in: -12_212_553_600_000_000...253_402_300_799_999_999, using: &random))
      #expect(Timestamp(iso8601: time.iso8601) == time)
    }
  }
}
