import Synchronization

/// The last error that each task threw out of a component. With it an outer component recognises a failure that
/// an inner one has counted in the same task. A pure value.
struct ThrownErrors: Sendable {
  /// A failure that a component has counted, and the error that it threw.
  struct Entry: Sendable {
    let error: any Error
    let component: ComponentName
    let errorID: LedgerID
    /// Number of the task that threw it.
    let task: Int
  }

  /// Maximum number of tasks; past it, the oldest entry is evicted. An error lives as long as its entry.
  private static let limit = 4_096
  private var entries: [Int: (entry: Entry, number: UInt64)] = [:]
  /// The tasks of the entries: a ring buffer that starts at ``oldest``, oldest first.
  private var tasks: [Int] = []
  private var oldest = 0

  /// - Parameter number: number of the error; rises with each error.
  /// - Returns: the replaced or evicted entry. Its error is user code, so release it outside of any lock.
  mutating func add(_ entry: Entry, number: UInt64) -> Entry? {
    if let former = entries.updateValue((entry, number), forKey: entry.task) { return former.entry }
    guard tasks.count == Self.limit else {
      tasks.append(entry.task)
      return nil
    }
    let former = entries.removeValue(forKey: tasks[oldest])
    tasks[oldest] = entry.task
    oldest = oldest + 1 == Self.limit ? 0 : oldest + 1
    return former?.entry
  }

  /// Returns the last error of a task if its number is above `number` and a component other than `component`
  /// threw it.
  func last(of task: Int, after number: UInt64, outside component: ComponentName) -> Entry? {
    guard let last = entries[task], last.number > number, last.entry.component != component else {
      return nil
    }
    return last.entry
  }

  /// The number of the current task, 0 outside of a task. Two concurrent tasks share a number only on a hash
  /// collision.
  static var currentTask: Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }
}

extension ThrownErrors.Entry {
  /// Whether an error is the one that was thrown, or wraps it. Errors are compared by type and message, because
  /// `catch let error as Own { throw error }` makes a new object.
  func isSame(as error: any Error) -> Bool {
    let message = KnownErrorTypes.message(of: self.error)
    return WrappedErrors.chain(of: error).contains { inner in
      type(of: inner) == type(of: self.error) && KnownErrorTypes.message(of: inner) == message
    }
  }
}
