import Synchronization

/// The last error that each task threw out of a component. With it an outer component recognises a failure that
/// an inner one has counted: in the same task by type and message, and in a child task by the error object, which
/// awaiting the child throws again. A pure value.
struct ThrownErrors: Sendable {
  /// A failure that a component has counted, or an error that it judged none, and the error that it threw.
  struct Entry: Sendable {
    let error: any Error
    let component: ComponentName
    /// The error's row; `nil` for an error that was judged no failure.
    let errorID: LedgerID?
    /// The component's verdict: `success`, `callerError` or `ignored`; `nil` for a failure.
    let verdict: CallVerdict?
    /// Number of the task that threw it.
    let task: Int
  }

  /// Maximum number of tasks; past it, the oldest entry is evicted. An error lives as long as its entry.
  private static let limit = 4_096
  private var entries: [Int: (entry: Entry, number: UInt64)] = [:]
  /// The tasks of the entries by the address of the error. An address is unique while its entry keeps the error.
  private var tasksByAddress: [UInt: Int] = [:]
  /// The tasks of the entries: a ring buffer that starts at ``oldest``, oldest first.
  private var tasks: [Int] = []
  private var oldest = 0

  /// - Parameter number: number of the error; rises with each error.
  /// - Returns: the replaced or evicted entry. Its error is user code, so release it outside of any lock.
  mutating func add(_ entry: Entry, number: UInt64) -> Entry? {
    if let former = entries.updateValue((entry, number), forKey: entry.task) {
      forgetAddress(of: former.entry)
      tasksByAddress[Self.address(of: entry.error)] = entry.task
      return former.entry
    }
    tasksByAddress[Self.address(of: entry.error)] = entry.task
    guard tasks.count == Self.limit else {
      tasks.append(entry.task)
      return nil
    }
    let former = entries.removeValue(forKey: tasks[oldest])
    if let former { forgetAddress(of: former.entry) }
    tasks[oldest] = entry.task
    oldest = oldest + 1 == Self.limit ? 0 : oldest + 1
    return former?.entry
  }

  private mutating func forgetAddress(of entry: Entry) {
    let address = Self.address(of: entry.error)
    if tasksByAddress[address] == entry.task { tasksByAddress[address] = nil }
  }

  /// Returns the entry of an error object if its number is above `number` and a component other than `component`
  /// threw it, in whatever task.
  func thrown(_ error: any Error, after number: UInt64, outside component: ComponentName) -> Entry? {
    tasksByAddress[Self.address(of: error)].flatMap { last(of: $0, after: number, outside: component) }
  }

  /// Returns the address of an error object, which is only compared. Throwing an error again keeps its object.
  private static func address(of error: any Error) -> UInt {
    // A value of type `any Error` is one reference to the object that holds the error.
    guard MemoryLayout<any Error>.size == MemoryLayout<UInt>.size else { return 0 }
    return withUnsafeBytes(of: Held(error: error)) { $0.load(as: UInt.self) }
  }

  private struct Held {
    let error: any Error
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
