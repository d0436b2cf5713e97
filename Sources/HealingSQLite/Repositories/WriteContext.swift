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

  /// The epoch of a component's metrics at a time.
  /// - Parameter component: its position among the components.
  func epoch(_ component: UInt32, at time: Int64) -> Int64 { components[component]?.epoch(at: time) ?? 0 }
}
