import HealingLedger
import Healing

/// What every insert needs beside the value: the connection, who writes, and components by number.
struct WriteContext {
  let connection: Connection
  let process: Int64
  /// Microseconds UTC.
  let now: Int64
  /// Looked up before the rows of a batch are written.
  let components: KnownComponents

  func componentID(_ name: ComponentName) -> Int64 {
    components.position(of: name).flatMap { components[$0] }?.id ?? 0
  }

  /// The epoch of the metrics that an entry counts in: ``ComponentTable/Known/epoch(ofEntryAt:at:)``.
  func epoch(_ component: ComponentName, ofEntryAt position: Int, at wall: Int64) -> Int64 {
    let known = components.position(of: component).flatMap { components[$0] }
    return known?.epoch(ofEntryAt: position, at: wall) ?? 0
  }
}
