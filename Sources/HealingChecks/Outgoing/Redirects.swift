/// Which redirections of another server are followed.
public enum Redirects: String, Sendable, CaseIterable {
  /// None: the redirection is the answer.
  case none
  /// Those to the host that was asked, by name; scheme and port may be others.
  case sameHost = "same_host"
  /// All.
  case any
}
