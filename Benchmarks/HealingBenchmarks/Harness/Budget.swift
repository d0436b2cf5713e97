/// What a figure has to keep.
enum Budget: Sendable {
  /// At most this many times the reference.
  case ratioAtMost(Double)
  /// At least this share of the reference.
  case ratioAtLeast(Double)
  /// At most this in the figure's unit, times the machine's slowness where the figure has one.
  case atMost(Double)
  /// At least this in the figure's unit, divided by the machine's slowness.
  case atLeast(Double)
  /// Nothing on the heap.
  case noAllocation

  /// Whether a figure keeps it; `nil` when the figure has not what it is about.
  func holds(for figure: Figure) -> Bool {
    switch self {
    case .ratioAtMost(let limit): figure.ratio.map { $0 <= limit } ?? false
    case .ratioAtLeast(let limit): figure.ratio.map { $0 >= limit } ?? false
    case .atMost(let limit): figure.spread.median <= limit * figure.slowness
    case .atLeast(let limit): figure.spread.median >= limit / figure.slowness
    case .noAllocation: figure.allocations.map { $0 < 0.001 } ?? false
    }
  }

  /// As the table shows it.
  func text(of figure: Figure) -> String {
    let isSlow = figure.slowness > 1.005
    let slowness = Figure.format(figure.slowness)
    return switch self {
    case .ratioAtMost(let limit): "≤ \(Figure.format(limit))×"
    case .ratioAtLeast(let limit): "≥ \(Figure.format(limit))×"
    case .atMost(let limit): "≤ \(Figure.format(limit)) \(figure.unit)\(isSlow ? " × \(slowness)" : "")"
    case .atLeast(let limit): "≥ \(Figure.format(limit)) \(figure.unit)\(isSlow ? " / \(slowness)" : "")"
    case .noAllocation: "0 allocations"
    }
  }
}
