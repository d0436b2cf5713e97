import Foundation

/// The identity that a run of a program records in the ledger.
public struct ProcessIdentity: Sendable, Hashable {
  /// Name of the host.
  public var host: String
  /// Process id on that host.
  public var pid: Int64
  /// Name of the program.
  public var program: String
  /// The deployed release: a version, a commit, an image tag.
  public var release: String?

  /// Creates the identity of this process. `program` defaults to the executable's name.
  public init(program: String? = nil, release: String? = nil) {
    host = ProcessInfo.processInfo.hostName
    pid = Int64(ProcessInfo.processInfo.processIdentifier)
    self.program = program ?? ProcessInfo.processInfo.processName
    self.release = release
  }
}
