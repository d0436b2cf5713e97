import HealingLedger
import Healing

/// The arguments that every insert needs in addition to the value: connection, run, and components.
struct WriteContext {
  let connection: Connection
  let process: Int64
  /// Time of the batch in microseconds UTC.
  let now: Int64
  /// Resolved before the rows of a batch are written.
  let components: ComponentIDCache

  func componentID(_ name: ComponentName) -> Int64 {
    components.position(of: name).flatMap { components[$0] }?.id ?? 0
  }

  /// Returns the epoch in which an entry counts, see ``ComponentTable/Known/epoch(ofEntryAt:at:)``.
  func epoch(_ component: ComponentName, ofEntryAt position: Int, at wall: Int64) -> Int64 {
    let known = components.position(of: component).flatMap { components[$0] }
    return known?.epoch(ofEntryAt: position, at: wall) ?? 0
  }
}
