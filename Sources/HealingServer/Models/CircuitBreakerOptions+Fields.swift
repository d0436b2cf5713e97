package import Healing

extension CircuitBreakerOptions {
  /// Reads a breaker's options from a request or a configuration. Values out of range are recorded with the
  /// reader.
  package init(_ fields: FieldReader) {
    let failures = fields.integer("failure_threshold", default: 5, in: 1...10_000)
    let successes = fields.integer("success_threshold", default: 2, in: 1...1_000)
    let timeout = fields.number("timeout_seconds", default: 60, in: 0.001...86_400)
    let probes = fields.integer("half_open_max_calls", default: 1, in: 1...1_000)
    self.init(
      failureThreshold: failures, successThreshold: successes,
      openDuration: .milliseconds(Int64((timeout * 1_000).rounded())), halfOpenMaxCalls: probes)
  }
}
