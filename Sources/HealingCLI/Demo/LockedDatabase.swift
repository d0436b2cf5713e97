import Foundation
import Healing
import HealingSQLite

/// A small database that another connection locks at times, for longer than the busy timeout of its users.
final class LockedDatabase: Sendable {
  private let path: String

  init(folder: URL) throws {
    path = folder.appendingPathComponent("orders.db").path
    let connection = try Connection(path: path, mode: .readWriteCreate)
    try connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL)")
  }

  /// Inserts an order.
  /// - Throws: `SQLiteError` when another connection holds the lock for more than 20 ms.
  func insert(item: String) async throws {
    try await BlockingThread.run { [path] in
      let connection = try Connection(path: path, mode: .readWrite, busyTimeoutMilliseconds: 20)
      let statement = try connection.prepare("INSERT INTO orders (item) VALUES (?)")
      statement.bind(1, item)
      _ = try statement.step()
    }
  }

  /// Holds the exclusive lock for this time.
  func lock(milliseconds: UInt32) async throws {
    try await BlockingThread.run { [path] in
      let connection = try Connection(path: path, mode: .readWrite, busyTimeoutMilliseconds: 500)
      try connection.execute("BEGIN EXCLUSIVE")
      usleep(milliseconds * 1000)
      try connection.execute("ROLLBACK")
    }
  }
}
