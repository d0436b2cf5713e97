import Healing

/// What every insert needs beside the value: the connection, who writes, and components by number.
struct WriteContext {
  let connection: Connection
  let process: Int64
  /// Row id and epoch by ``ComponentName/index``; looked up before the rows of a batch are written.
  var components: [UInt32: (id: Int64, epoch: Int64)]

  func componentID(_ name: ComponentName) -> Int64 { components[name.index]?.id ?? 0 }
}
