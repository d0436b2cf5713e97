/// Checks the bytes of a connection and rejects what RFC 9112, read strictly, does not allow, before the HTTP
/// library reads them. The library accepts repeated Host fields, bare line feeds, control characters, malformed
/// escapes, and bodies where it expects none. A pure state machine.
///
/// Each line is checked as soon as it is complete, because the library also acts on lines.
package struct RequestGuard: Sendable {
  /// What the connection is reading.
  package enum Position: Sendable { case betweenRequests, inHead, inBody, refused }

  private enum State {
    case head
    case body(remaining: Int, length: Int)
    case refused
  }

  private let limits: HTTPLimits
  private let refuseMethod: MethodRefusal
  private var state = State.head
  private var head: RequestHead
  private var headBytes = 0
  /// The current incomplete line.
  private var line: [UInt8] = []

  /// Returns the response to a method that is not routed, from the target and the headers of its request.
  package typealias MethodRefusal = @Sendable (_ target: String, _ headers: HTTPHeaders) -> ProblemDetails

  package init(limits: HTTPLimits, refuseMethod: @escaping MethodRefusal) {
    self.limits = limits
    self.refuseMethod = refuseMethod
    head = RequestHead(limits: limits, refuseMethod: refuseMethod)
  }

  package var position: Position {
    switch state {
    case .head: headBytes == 0 ? .betweenRequests : .inHead
    case .body: .inBody
    case .refused: .refused
    }
  }

  /// Total length of the current body in bytes; 0 between bodies.
  var bodyLength: Int { if case .body(_, let length) = state { length } else { 0 } }

  /// Processes the next bytes.
  /// - Returns: why the connection is rejected, once.
  package mutating func receive(_ bytes: UnsafeRawBufferPointer) -> ProblemDetails? {
    var rest = bytes[...]
    do throws(ProblemDetails) {
      while !rest.isEmpty {
        switch state {
        case .refused: return nil
        case .head: try readHead(&rest)
        case .body(let remaining, let length):
          let taken = min(remaining, rest.count)
          rest = rest.dropFirst(taken)
          state = taken == remaining ? .head : .body(remaining: remaining - taken, length: length)
        }
      }
      return nil
    } catch {
      state = .refused
      return error
    }
  }

  /// Reads up to the end of the head or of the bytes.
  private mutating func readHead(_ rest: inout Slice<UnsafeRawBufferPointer>) throws(ProblemDetails) {
    while let byte = rest.popFirst() {
      headBytes += 1
      guard headBytes <= limits.headBytes else {
        throw ProblemDetails(431, "the head of the request is longer than \(limits.headBytes) bytes")
      }
      let isAfterReturn = line.last == UInt8(ascii: "\r")
      guard isAfterReturn == (byte == UInt8(ascii: "\n")) else {
        throw ProblemDetails(400, "a line of the head does not end in CR LF")
      }
      switch byte {
      case UInt8(ascii: "\n"):
        line.removeLast()
        let isEnd = line.isEmpty && head.hasBegun
        if !isEnd { try head.take(line: line[...]) }
        line.removeAll(keepingCapacity: true)
        guard !isEnd else { return try endHead() }
      case UInt8(ascii: "\r"), UInt8(ascii: "\t"): line.append(byte)
      case 0..<0x20, 0x7F: throw ProblemDetails(400, "the head has a control character")
      default: line.append(byte)
      }
    }
  }

  private mutating func endHead() throws(ProblemDetails) {
    let length = try head.bodyLength()
    head = RequestHead(limits: limits, refuseMethod: refuseMethod)
    headBytes = 0
    if length > 0 { state = .body(remaining: length, length: length) }
  }
}
