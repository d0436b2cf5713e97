/// A verdict and how much is to be given to it.
struct Witness {
  var weight: Int
  var verdict: ErrorClassification

  /// Takes another's verdict when it weighs more.
  mutating func hear(_ other: Witness?) {
    if let other, other.weight > weight { self = other }
  }
}
