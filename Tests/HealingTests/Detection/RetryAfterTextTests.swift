import Testing

@testable import Healing

@Suite struct RetryAfterTextTests {
  @Test(arguments: [
    ("Retry-After: 30", Duration.seconds(30)), ("retry after 20 seconds", .seconds(20)),
    ("Please try again in 1.5s", .milliseconds(1500)), ("RetryAfter: 899s, HTTPStatusCode: 0", .seconds(899)),
    ("[rate reset in 8m18s]", .seconds(498)), ("try again in 250ms", .milliseconds(250)),
    ("try again after '6' seconds", .seconds(6)), ("Please retry in 20h48m.", .seconds(74_880)),
    ("\"retry_after\": 2.25", .milliseconds(2250)), ("available in 1 second", .seconds(1)),
    ("wait 5, then retry after 7 min", .seconds(420)), ("retry in 2 days", .seconds(172_800)),
    ("Retry-After: 172800", .seconds(172_800)), ("try again in 25h", .seconds(90_000)),
  ])
  func `a wait in a text is read`(message: String, wait: Duration) {
    #expect(RetryAfterText.find(in: message) == wait)
  }

  @Test(arguments: [
    "", "retry", "try again later", "retry after a while", "in 30 s", "after 30 s",
    "Retry-After: Fri, 31 Dec",
    "retry after 99999999999", "retry after -5", "retry after", "retry after 1790000000",
  ])
  func `other numbers in a text are not read as a wait`(message: String) {
    #expect(RetryAfterText.find(in: message) == nil)
  }
}
