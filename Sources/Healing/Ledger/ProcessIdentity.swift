import Foundation

/// What a run of a program tells the ledger of itself.
public struct ProcessIdentity: Sendable, Hashable {
  /// Name of the host.
  public var host: String
  /// Process id on that host.
  public var pid: Int64
  /// Name of the program.
  public var program: String
  /// What was deployed: a version, a commit, an image tag.
  public var release: String?

  /// This process. `program` defaults to the executable's name.
  public init(program: String? = nil, release: String? = nil) {
    host = ProcessInfo.processInfo.hostName
    pid = Int64(ProcessInfo.processInfo.processIdentifier)
    self.program = program ?? ProcessInfo.processInfo.processName
    self.release = release
  }
}
