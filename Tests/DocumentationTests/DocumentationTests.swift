import Foundation
import Healing
import HealingServer
import Synchronization
import Testing

/// Every Swift example of the documentation is compiled: a file of `Snippets/` contains it, except for white space.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func files(in folder: String, endings: Set<String>) -> [URL] {
    let base = root.appendingPathComponent(folder)
    let all = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? []).filter { endings.contains($0.pathExtension) }
  }

  /// The blocks between ```` ```swift ```` and ```` ``` ````, of Markdown or of documentation comments.
  private static func examples(in file: URL) throws -> [String] {
    var examples: [String] = []
    var current: [String]?
    for line in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n") {
      var text = line.trimmingCharacters(in: .whitespaces)
      if file.pathExtension == "swift" {
        guard text.hasPrefix("///") else {
          current = nil
          continue
        }
        text = text.dropFirst(3).trimmingCharacters(in: .whitespaces)
      }
      if text == "```swift" {
        current = []
      } else if text == "```" {
        if let lines = current { examples.append(lines.joined(separator: "\n")) }
        current = nil
      } else {
        current?.append(text)
      }
    }
    return examples
  }

  private static func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace } }

  @Test func `every example compiles`() throws {
    let snippets = try Self.files(in: "Tests/DocumentationTests/Snippets", endings: ["swift"]).map {
      Self.squeezed(try String(contentsOf: $0, encoding: .utf8))
    }
    let documents =
      Self.files(in: "Sources", endings: ["md", "swift"]) + Self.files(in: "docs", endings: ["md"])
      + [Self.root.appendingPathComponent("README.md")]
    var count = 0
    for document in documents {
      for example in try Self.examples(in: document) {
        count += 1
        // Imports are at the top of a file, apart from the rest.
        let code = example.components(separatedBy: "\n").filter { !$0.hasPrefix("import ") }.joined()
        #expect(
          snippets.contains { $0.contains(Self.squeezed(code)) },
          "\(document.lastPathComponent): an example is not among the snippets: \(example.prefix(200))")
      }
    }
    #expect(count > 25)
  }

  @Test func `an actor's state is unchanged after a failed execution and changed after a successful one`()
    async throws
  {
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 2, initialDelay: .zero),
      strategies: [LoggedStrategy(base: NothingStrategy())])
    let engine = try await RecoveryEngine(
      ledger: InMemoryLedger(), policy: policy, classifiers: [HostClassifier()])
    let till = Till(component: engine.component("till"))
    #expect(try await till.buy {} == 1)
    await #expect(throws: RefusedByHost.self) { try await till.buy { throw RefusedByHost() } }
    #expect(await till.count == 1)
    #expect(await !till.tryToBuy { throw RefusedByHost() })
    #expect(await till.count == 1)
    #expect(await till.tryToBuy {})
    #expect(try await till.look() == 2)
    try await till.pay()
    #expect(
      try await engine.recentRecoveries(9).map(\.action).sorted { $0.rawValue < $1.rawValue } == [
        .custom, .rollback,
      ])
  }

  @Test func `the mounted API answers its paths, and the service the others`() async throws {
    typealias Shape = HummingbirdShape
    let engine = try await RecoveryEngine(ledger: InMemoryLedger())
    let api = Shape.HealingAPI<Int>(server: try HealingServer(engine: engine))
    func answer(_ path: String, host: String?) async throws -> Shape.Response {
      let head = Shape.HTTPRequest(
        method: .init(rawValue: "GET"), authority: host, path: path, headerFields: Shape.HTTPFields())
      let body = Shape.RequestBody(buffer: Shape.ByteBuffer(bytes: []))
      return try await api.handle(.init(uri: .init(path: path), head: head, body: body), context: 1) { _, _ in
        .init(status: .init(code: 299), headers: head.headerFields, body: .init(byteBuffer: body.buffer))
      }
    }
    let health = try await answer("/api/v1/healing/health-statuses", host: "localhost")
    #expect(health.status.code == 200 && !health.body.byteBuffer.bytes.isEmpty)
    #expect(health.headers.contains { $0.name.rawName == "Content-Type" && $0.value == "application/json" })
    #expect(try await answer("/api/v1/healing/health-statuses", host: nil).status.code == 421)
    #expect(try await answer("/orders", host: "localhost").status.code == 299)
  }

  @Test func `circuit changes and alerts reach the log`() async throws {
    let lines = Mutex<[String]>([])
    let logger = LoggingShape.Logger { level, message, metadata in
      lines.withLock { $0.append("\(level) \(metadata["component"] ?? ""): \(message)") }
    }
    let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(), policy: policy)
    let logging = Task { await LoggingShape.log(engine, to: logger) }
    // The stream begins when the task does, perhaps between a failure and its reset.
    func hasLine() -> Bool { lines.withLock { $0.contains("warning mail: circuit closed to open") } }
    for _ in 0..<10_000 where !hasLine() {
      engine.component("mail").report(.failure)
      engine.component("mail").resetBreaker()
      try await Task.sleep(for: .milliseconds(1))
    }
    logging.cancel()
    #expect(hasLine())
  }

  @Test func `the README names every product`() throws {
    let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let package = try String(contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    let products = package.matches(of: /\.(?:library|executable)\(name: "(\w+)"/).map { String($0.1) }
    #expect(products.count == 6)
    for product in products { #expect(readme.contains("| `\(product)` |"), "\(product)") }
    for dependency in readme.matches(of: /\.product\(name: "(\w+)"/) {
      #expect(products.contains(String(dependency.1)))
    }
  }

  @Test func `every source file that the architecture names exists, once`() throws {
    let text = try String(
      contentsOf: Self.root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
    let named = Set(text.matches(of: /`([A-Za-z0-9+]+\.swift)`/).map { String($0.1) })
    let present = Self.files(in: "Sources", endings: ["swift"]).map(\.lastPathComponent)
    #expect(named.count > 40)
    for name in named { #expect(present.contains(name), "\(name)") }
    let twice = Dictionary(grouping: present, by: \.self).filter { $0.value.count > 1 }.keys
    #expect(twice.isEmpty, "file names that exist twice: \(twice.sorted())")
  }

  @Test func `every public enum with cases says whether later versions add cases`() throws {
    let growing = "Later versions add cases: a `switch` outside the package needs a `default`."
    let final = "These cases are final: "
    var count = 0
    for file in Self.files(in: "Sources", endings: ["swift"]) {
      let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
      for (index, line) in lines.enumerated() {
        let words = line.split(separator: " ").filter { $0 != "indirect" }
        guard words.starts(with: ["public", "enum"]) else { continue }
        let indent = line.prefix { $0 == " " } + "  "
        let body = lines[(index + 1)...].prefix { $0.isEmpty || $0.hasPrefix(indent) }
        guard body.contains(where: { $0.hasPrefix(indent + "case ") }) else { continue }
        let comment = lines[..<index].reversed().prefix {
          $0.trimmingCharacters(in: .whitespaces).hasPrefix("///")
        }
        let text = comment.joined(separator: "\n")
        count += 1
        #expect(
          text.contains(growing) != text.contains(final),
          "\(file.lastPathComponent): \(line.trimmingCharacters(in: .whitespaces))")
      }
    }
    #expect(count >= 32)
  }
}
