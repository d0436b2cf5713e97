/// The position of each bracket's closing bracket, computed in one pass.
struct Closers {
  /// Maximum distance of a closing bracket from its opening one, in bytes.
  static let longestGroup = 4_096

  private var closers: [Int32]

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    closers = Array(repeating: -1, count: bytes.count)
    var open: (round: [Int], square: [Int], curly: [Int]) = ([], [], [])
    for index in bytes.indices {
      let opener: Int? =
        switch bytes[index] {
        case UInt8(ascii: "("):
          {
            open.round.append(index); return nil
          }()
        case UInt8(ascii: "["):
          {
            open.square.append(index); return nil
          }()
        case UInt8(ascii: "{"):
          {
            open.curly.append(index); return nil
          }()
        case UInt8(ascii: ")"): open.round.popLast()
        case UInt8(ascii: "]"): open.square.popLast()
        case UInt8(ascii: "}"): open.curly.popLast()
        default: nil
        }
      if let opener, index - opener <= Self.longestGroup {
        closers[opener] = Int32(truncatingIfNeeded: index)
      }
    }
  }

  /// Position of the closing bracket of the one at an index; `nil` for an unclosed bracket or another byte.
  subscript(opener: Int) -> Int? { closers[opener] < 0 ? nil : Int(closers[opener]) }
}
