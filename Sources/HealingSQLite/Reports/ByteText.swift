/// Sizes for people.
package enum ByteText {
  /// Returns a size with its binary unit and at most one decimal, such as `18.2 MiB`.
  package static func of(_ bytes: Int64) -> String {
    guard bytes >= 1_024 else { return "\(max(0, bytes)) B" }
    var value = Double(bytes) / 1_024
    var index = 0
    while value >= 1_023.95 && index + 1 < units.count {
      value /= 1_024
      index += 1
    }
    let tenths = (value * 10).rounded() / 10
    return (tenths == tenths.rounded() ? "\(Int64(tenths))" : "\(tenths)") + " \(units[index])"
  }

  private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
}
