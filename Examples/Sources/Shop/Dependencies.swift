import Synchronization

/// What the shop calls. Each dependency fails when the script of ``Shop`` says so, with the text that the real one sends.
final class Dependencies: Sendable {
  /// A dependency that is down.
  enum Outage: Hashable { case stock, payments, orders, mail }

  private let outages = Mutex<Set<Outage>>([])
  private let overloads = Mutex<Set<Int>>([])

  func begin(_ outage: Outage) { outages.withLock { _ = $0.insert(outage) } }
  func end(_ outage: Outage) { outages.withLock { _ = $0.remove(outage) } }
  private func isDown(_ outage: Outage) -> Bool { outages.withLock { $0.contains(outage) } }

  func reserve(_ article: Int) throws {
    if isDown(.stock) { throw Failure("503 Service Unavailable: upstream connect error") }
    if article % 40 == 39 { throw InsufficientStock(article: article) }
  }

  func charge(_ cents: Int) throws -> PaymentReply {
    if isDown(.payments) { throw Failure("dial tcp 10.0.4.17:443: connect: connection refused") }
    // The provider answers the first attempt of some payments with its own overload: a reply, not an error.
    let isOverloaded = cents % 37 == 0 && overloads.withLock { $0.insert(cents).inserted }
    return PaymentReply(status: isOverloaded ? 503 : 200)
  }

  func store(order: Int) throws {
    if isDown(.orders) { throw Failure("database is locked") }
  }

  func send(template: String) throws -> String {
    if isDown(.mail) { throw Failure("Connection timed out after 2000 ms") }
    return "sent"
  }
}

struct PaymentReply: Sendable { let status: Int }

/// A business error: the stock service answered.
struct InsufficientStock: Error { let article: Int }

/// An error with the text of a dependency.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
