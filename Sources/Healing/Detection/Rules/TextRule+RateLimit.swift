extension TextRule {
  /// The caller was throttled or its quota is used up.
  static let rateLimit: [TextRule] = [
    TextRule(
      "limited", .rateLimit, 88,
      [
        "rate limit|limits|limited|limiting|limiter|limitation", "rate|ratelimit exceeded",
        "request rate exceeded", "exceeded * rate", "ratelimit|ratelimited",
        "too many requests|attempts|queries|calls|messages|logins|emails", "toomanyrequests",
        "throttled|throttling|throttle|throttler",
        "request|requests|api|call|usage|pull|message|concurrency limit|limits exceeded|reached",
        "request|requests|api|call|usage|pull limit|limits",
        "requests|tokens|calls|queries per minute|second|day|hour|min",
        "per minute|day|second limit|limits|quota", "reduce your request|requests",
        "reduce * rate|frequency", "slow down", "slowdown", "too fast|frequent|frequently",
        "flood wait|control", "exhausted your|the capacity", "concurrent requests",
        "wait * before trying|retrying|making|sending", "provisioned throughput", "throughput exceeded",
        "exceeded * per second|minute|hour|day", "rate limited", "abuse detection",
        "wait a few|couple * before", "resource has been exhausted",
      ]),
    TextRule(
      "quota", .rateLimit, 86,
      [
        "quota exceeded|reached|exhausted", "quota has|is|was|been exceeded|reached|exhausted",
        "quota limit", "exceeded|over|out|reached|hit * quota",
        "daily|hourly|monthly|weekly limit|quota|cap", "exceeded the|your * limit", "exhausted * quota",
      ]),
    TextRule(
      "quota_per_time", .rateLimit, 88,
      [
        "quota exceeded for quota? metric", "quota exceeded for * requests|online|tokens",
        "daily|hourly|weekly quota", "per user|project|client|account per",
        "quota * per day|minute|hour|second|user",
      ]),
    TextRule(
      "quota_fixed", .rateLimit, 87, transient: false,
      [
        "quota * exceeded", "exceeded quota", "service quota|quotas", "storage quota", "not enough quota",
        "exceeding|exceed|exceeds * quota|quotas",
      ]),
    TextRule(
      "billing", .rateLimit, 93, transient: false,
      [
        "exceeded your current quota", "plan and billing", "plans billing",
        "billing details|period|account|hard|is|not", "insufficient quota|credits|credit|balance|funds",
        "credit|account balance", "out of * credits|credit|usage|funds|quota",
        "not enough|no credits|credit|balance|funds", "payment required", "upgrade your plan",
        "spending|spend limit|cap", "free tier|plan limit", "exceeded your * plan",
        "budget reached|exceeded|exhausted", "out of extra", "usage|billing|spending budget",
      ]),
    TextRule(
      "exhausted", .rateLimit, 72,
      [
        "resource exhausted"
      ]),
    TextRule(
      "limit_exceeded", .rateLimit, 70, transient: false,
      [
        "limit|limits exceeded|reached", "limit has|was|is|been exceeded|reached", "limit * exceeded",
        "reached * limit|maximum", "hit * limit", "maximum number of * reached|exceeded",
        "exceeds|exceeded * limit",
      ]),
    TextRule(
      "hint", .rateLimit, 62,
      [
        "quota|quotas"
      ]),
    TextRule(
      "many", .rateLimit, 40,
      [
        "too many"
      ]),
  ]
}
