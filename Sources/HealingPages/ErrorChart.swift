import Healing

/// Error rates of one component over time as inline SVG: what callers saw and what the component did, with marks for acts.
enum ErrorChart {
  private static let (width, height) = (720.0, 96.0)
  private static let (left, right, top, bottom) = (40.0, 8.0, 8.0, 18.0)

  /// A time that the chart marks with a vertical line.
  struct Mark {
    let at: Timestamp
    /// `trip`, `act` or `release`.
    let kind: String
    let text: String
  }

  /// - Parameters:
  ///   - range: the time axis.
  ///   - bad: the part of it that the incident is.
  static func svg(
    _ minutes: [IncidentMinute], step: Int, component: ComponentName, range: Range<Timestamp>,
    bad: Range<Timestamp>, marks: [Mark]
  ) -> HTML {
    let span = Double(max(1, range.upperBound.microseconds - range.lowerBound.microseconds))
    func x(_ time: Timestamp) -> Double {
      let part = Double(time.microseconds - range.lowerBound.microseconds) / span
      return left + min(1, max(0, part)) * (width - left - right)
    }
    func y(_ share: Double) -> Double { top + (1 - min(1, max(0, share))) * (height - top - bottom) }
    let half = Duration.seconds(30 * step)
    func lines(_ name: String, _ share: (IncidentMinute) -> Double?) -> HTML {
      var parts: [HTML] = []
      var run: [(Timestamp, Double)] = []
      func end() {
        if run.count == 1 {
          parts.append(
            .element(
              .circle,
              [(.name, name), (.cx, text(x(run[0].0))), (.cy, text(y(run[0].1))), (.r, "1.5")]))
        } else if run.count > 1 {
          let points = run.map { "\(text(x($0.0))),\(text(y($0.1)))" }.joined(separator: " ")
          parts.append(.element(.polyline, [(.name, name), (.points, points)]))
        }
        run = []
      }
      var last: Timestamp?
      for minute in minutes {
        if let last, minute.at - last > .seconds(60 * step) { end() }
        last = minute.at
        if let share = share(minute) { run.append((minute.at + half, share)) } else { end() }
      }
      end()
      return .parts(parts)
    }
    let names =
      "\(component.text): share of errors from \(Figures.time(range.lowerBound)) to \(Figures.time(range.upperBound)) UTC"
    return .element(
      .svg,
      [
        (.viewBox, "0 0 \(text(width)) \(text(height))"), (.role, "img"), (.ariaLabel, names),
        (.xmlns, "http://www.w3.org/2000/svg"),
      ]
    ) {
      HTML.element(.title) { names }
      HTML.element(
        .rect,
        [
          (.name, "bad"), (.x, text(x(bad.lowerBound))), (.y, text(top)),
          (.width, text(max(1, x(bad.upperBound) - x(bad.lowerBound)))),
          (.height, text(height - top - bottom)),
        ])
      for share in [0.0, 0.5, 1.0] {
        HTML.element(
          .line,
          [
            (.name, "grid"), (.x1, text(left)), (.x2, text(width - right)), (.y1, text(y(share))),
            (.y2, text(y(share))),
          ])
        HTML.element(.text, [(.x, text(left - 4)), (.y, text(y(share) + 3)), (.textAnchor, "end")]) {
          "\(Int(share * 100)) %"
        }
      }
      for mark in marks where range.contains(mark.at) {
        HTML.element(.g) {
          HTML.element(.title) { "\(Figures.time(mark.at)) \(mark.text)" }
          HTML.element(
            .line,
            [
              (.name, mark.kind), (.x1, text(x(mark.at))), (.x2, text(x(mark.at))), (.y1, text(top)),
              (.y2, text(height - bottom)),
            ])
        }
      }
      lines("actual", \.actualError)
      lines("effective", \.effectiveError)
      HTML.element(.text, [(.x, text(left)), (.y, text(height - 4))]) {
        String(Figures.time(range.lowerBound).suffix(8))
      }
      HTML.element(.text, [(.x, text(width - right)), (.y, text(height - 4)), (.textAnchor, "end")]) {
        "\(Figures.clock(range.upperBound, since: range.lowerBound)) UTC"
      }
    }
  }

  /// Returns a coordinate with one digit after the point.
  private static func text(_ number: Double) -> String {
    let tenths = Int((min(max(number, -10_000), 10_000) * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : String(Double(tenths) / 10)
  }
}
