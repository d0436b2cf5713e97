/// Where everything is written down.
///
/// Writing never waits and never fails the caller: entries go into a bounded queue that one writer empties
/// in batches, each batch in one transaction across all repositories. When entries come faster than they
/// can be stored, detail is merged; counts stay exact and a gap is recorded.
public protocol Ledger: LedgerReader {
  /// Notes one attempt. For the per-call path: returns at once.
  func record(_ sample: CallSample)
  /// Notes something else. Returns at once. A component records what happens to its circuit while it holds its lock, so
  /// this must not call an engine or a component.
  func record(_ entry: LedgerEntry)
  /// Returns when everything recorded before the call is durable.
  /// - Throws: ``LedgerError`` when it could not be made durable now. Nothing is given up: the writer
  ///   goes on trying.
  func flush() async throws(LedgerError)
  /// Returns when everything recorded before the call can be read, or at once when it cannot be written now: reads then
  /// answer from what is durable.
  func settleForReading() async
  /// A new id for a row of this ledger.
  func makeID() -> LedgerID
  /// Tells `handler` from now on when another process has moved a breaker: changed its state or override. What it is
  /// given is the breaker as that process left it; an engine takes over from it what has a higher
  /// ``BreakerSnapshot/stateVersion`` or ``BreakerSnapshot/overrideVersion`` than its own. A second call takes the place
  /// of the first.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError)
  /// How the writing goes, as of now.
  var status: LedgerStatus { get }
  /// Calls `handler` from now on with what happens to the set of components, in the order in which it became durable:
  /// what this process records as well as what others do. A second call adds a handler.
  /// - Returns: whether it will. A ledger that nobody shares need not.
  /// - Throws: ``LedgerError`` when the ledger cannot be read.
  func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError) -> Bool
}

extension Ledger {
  /// Flushes, unless there is a problem.
  public func settleForReading() async {
    if status.problem == nil { try? await flush() }
  }

  /// Keeps nothing waiting.
  public var status: LedgerStatus { LedgerStatus() }

  /// Nobody shares this ledger.
  public func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {}

  /// Nobody shares this ledger.
  public func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError)
    -> Bool
  { false }
}
