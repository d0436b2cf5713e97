/// Which redirects are followed.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum Redirects: String, Sendable, CaseIterable {
  /// None: a redirect is returned as the response.
  case none
  /// Redirects to the same host name; scheme and port may differ.
  case sameHost = "same_host"
  /// All redirects.
  case any
}
