import Synchronization

/// The error that each task threw out of a component last, so that an outer component recognises a failure that an inner one has
/// counted in the same task. A pure state.
struct ThrownErrors: Sendable {
  /// A failure that a component has counted, and the error that it threw.
  struct Entry: Sendable {
    let error: any Error
    let component: ComponentName
    let errorID: LedgerID
    /// Number of the task that threw it.
    let task: Int
  }

  /// So many tasks' errors are kept: past it, the oldest goes. An error lives as long as its entry.
  private static let limit = 4_096
  private var entries: [Int: (entry: Entry, number: UInt64)] = [:]
  /// The tasks of the entries, oldest first from ``oldest`` on, around the end.
  private var tasks: [Int] = []
  private var oldest = 0

  /// - Parameter number: rises with each error.
  /// - Returns: the entry that gave way. Its error is user code: it must be released outside of any lock.
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

  /// The error that a task threw last, if its number is above `number` and it was not thrown out of `component` itself.
  func last(of task: Int, after number: UInt64, outside component: ComponentName) -> Entry? {
    guard let last = entries[task], last.number > number, last.entry.component != component else {
      return nil
    }
    return last.entry
  }

  /// The number of the current task: equal in one task, and in two that run at once with next to no probability.
  static var currentTask: Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }
}

extension ThrownErrors.Entry {
  /// Whether an error is the one that was thrown, or wraps it. `catch let error as Own { throw error }` makes a new object of it,
  /// so errors are compared by type and message.
  func isSame(as error: any Error) -> Bool {
    let message = KnownErrorTypes.message(of: self.error)
    return WrappedErrors.chain(of: error).contains { inner in
      type(of: inner) == type(of: self.error) && KnownErrorTypes.message(of: inner) == message
    }
  }
}
