/// A verdict and its weight as evidence.
struct Candidate {
  var weight: Int
  var verdict: ErrorClassification

  /// Replaces the verdict and weight by `other` if it is heavier.
  mutating func consider(_ other: Candidate?) {
    if let other, other.weight > weight { self = other }
  }
}
