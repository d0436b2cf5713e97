/// A verdict and its weight as evidence.
struct Witness {
  var weight: Int
  var verdict: ErrorClassification

  /// Replaces the verdict and weight by `other` if it is heavier.
  mutating func hear(_ other: Witness?) {
    if let other, other.weight > weight { self = other }
  }
}
