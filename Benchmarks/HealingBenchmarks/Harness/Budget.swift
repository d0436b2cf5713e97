/// What a figure has to keep.
enum Budget: Sendable {
  /// At most this many times the reference.
  case ratioAtMost(Double)
  /// At least this share of the reference.
  case ratioAtLeast(Double)
  /// At most this, in the figure's unit.
  case atMost(Double)
  /// Nothing on the heap.
  case noAllocation

  /// Whether a figure keeps it; `nil` when the figure has not what it is about.
  func holds(for figure: Figure) -> Bool {
    switch self {
    case .ratioAtMost(let limit): figure.ratio.map { $0 <= limit } ?? false
    case .ratioAtLeast(let limit): figure.ratio.map { $0 >= limit } ?? false
    case .atMost(let limit): figure.spread.median <= limit
    case .noAllocation: figure.allocations.map { $0 < 0.001 } ?? false
    }
  }

  /// As the table shows it.
  func text(unit: String) -> String {
    switch self {
    case .ratioAtMost(let limit): "≤ \(Figure.format(limit))×"
    case .ratioAtLeast(let limit): "≥ \(Figure.format(limit))×"
    case .atMost(let limit): "≤ \(Figure.format(limit)) \(unit)"
    case .noAllocation: "0 allocations"
    }
  }
}
