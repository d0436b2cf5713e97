// Types of the shape that the examples of docs/adopting.md use from frameworks, each in a separate namespace.

/// As swift-service-lifecycle has it.
enum ServiceLifecycleShape {
  protocol Service: Sendable {
    func run() async throws
  }

  static func cancelWhenGracefulShutdown<T: Sendable>(_ operation: @Sendable @escaping () async throws -> T)
    async rethrows -> T
  { try await operation() }
}

/// As swift-log has it.
enum LoggingShape {
  struct Logger: Sendable {
    enum Level: String, Sendable { case info, warning, error }
    struct Message: ExpressibleByStringInterpolation, Sendable {
      let text: String
      init(stringLiteral value: String) { text = value }
    }
    struct MetadataValue: ExpressibleByStringInterpolation, Sendable {
      let text: String
      init(stringLiteral value: String) { text = value }
    }
    typealias Metadata = [String: MetadataValue]

    var write: @Sendable (_ level: Level, _ message: String, _ metadata: [String: String]) -> Void

    func info(_ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil) {
      write(.info, message().text, metadata()?.mapValues(\.text) ?? [:])
    }
    func warning(_ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil) {
      write(.warning, message().text, metadata()?.mapValues(\.text) ?? [:])
    }
    func error(_ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil) {
      write(.error, message().text, metadata()?.mapValues(\.text) ?? [:])
    }
  }
}

/// As Hummingbird has it, with the types of swift-http-types and swift-nio.
enum HummingbirdShape {
  struct ByteBuffer: Sendable {
    var bytes: [UInt8]
    init(bytes: [UInt8]) { self.bytes = bytes }
  }
  struct HTTPField: Sendable {
    struct Name: Sendable {
      let rawName: String
      init?(_ name: String) { rawName = name }
    }
    var name: Name
    var value: String
  }
  struct HTTPFields: Sendable, Sequence {
    var all: [HTTPField] = []
    mutating func append(_ field: HTTPField) { all.append(field) }
    func makeIterator() -> IndexingIterator<[HTTPField]> { all.makeIterator() }
  }
  struct HTTPRequest: Sendable {
    struct Method: Sendable { var rawValue: String }
    var method: Method
    var authority: String?
    var path: String?
    var headerFields: HTTPFields
  }
  struct Status: Sendable { var code: Int }
  struct URI: Sendable { var path: String }
  struct RequestBody: Sendable {
    var buffer: ByteBuffer
    func collect(upTo maxSize: Int) async throws -> ByteBuffer { buffer }
  }
  struct ResponseBody: Sendable {
    var byteBuffer: ByteBuffer
  }
  struct Request: Sendable {
    var uri: URI
    var head: HTTPRequest
    var body: RequestBody
    var method: HTTPRequest.Method { head.method }
    var headers: HTTPFields { head.headerFields }
  }
  struct Response: Sendable {
    var status: Status
    var headers: HTTPFields
    var body: ResponseBody
  }
  protocol RouterMiddleware<Context>: Sendable {
    associatedtype Context
    func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response
  }
}

extension Array<UInt8> {
  init(buffer: HummingbirdShape.ByteBuffer) { self = buffer.bytes }
}

/// As swift-metrics has it.
enum MetricsShape {
  struct Timer: Sendable {
    init(label: String, dimensions: [(String, String)] = []) {}
    func recordNanoseconds(_ duration: Int64) {}
  }
}

/// As swift-distributed-tracing has it.
enum TracingShape {
  enum DefaultTracerClock {
    struct Timestamp: Sendable {
      var nanosecondsSinceEpoch: UInt64
    }
    static var now: Timestamp { Timestamp(nanosecondsSinceEpoch: 1_000_000_000_000_000_000) }
  }
  final class Span {
    struct Attributes {
      subscript(_ name: String) -> any Sendable {
        get { name }
        set { _ = newValue }
      }
    }
    struct Status {
      enum Code { case ok, error }
      var code: Code
    }
    var attributes = Attributes()
    init(operationName: String, start: DefaultTracerClock.Timestamp) {}
    func setStatus(_ status: Status) {}
    func end() {}
  }
}
