public import Healing
/// Listen address and access rules of a ``HealingServer``.
public struct ServerOptions: Sendable {
  /// Listen address. Default 127.0.0.1:8484. An address other than loopback requires a ``writeToken``.
  public var listen: ListenAddress
  /// Host names, without port, that the server accepts in addition to `localhost`, `127.0.0.1` and `[::1]`. A
  /// request for another host is rejected. Default none.
  public var hosts: [String]
  /// Token that a client must send to read and to change. Default `nil`: no token is required.
  public var writeToken: AccessToken?
  /// Token that a client may send instead to read only. Default `nil`: reading requires the ``writeToken``.
  public var readToken: AccessToken?
  /// Budget over all connections for request bodies, for responses that are being built (16 MiB for each that
  /// reads many rows) and for unsent responses, in bytes, 2 MiB or more. When it is used up, a request is
  /// answered with 503. The first 16 KiB of each body and each response are not counted. Default 64 MiB.
  public var transferBytes: Int {
    get { limits.transferBytes }
    set { limits.transferBytes = newValue }
  }
  package var limits = HTTPLimits()

  /// Creates options.
  public init(
    listen: ListenAddress = .standard, hosts: [String] = [], writeToken: AccessToken? = nil,
    readToken: AccessToken? = nil
  ) {
    self.listen = listen
    self.hosts = hosts
    self.writeToken = writeToken
    self.readToken = readToken
  }

  /// Two request bodies of the maximum length.
  private static let leastTransferBytes = 2 * 1_024 * 1_024

  var access: AccessPolicy { AccessPolicy(hosts: hosts, writeToken: writeToken, readToken: readToken) }

  /// - Throws: ``HTTPServerError`` when the options would give other hosts unprotected access, or a value is
  ///   invalid.
  package func check() throws(HTTPServerError) {
    guard listen.isLoopback || writeToken != nil else {
      throw HTTPServerError(
        "\(listen) is reachable from other hosts, so a token is required; set one, or listen on 127.0.0.1")
    }
    guard transferBytes >= Self.leastTransferBytes else {
      throw HTTPServerError(
        "a transfer budget of \(transferBytes) bytes is too small; give \(Self.leastTransferBytes) or more")
    }
    guard readToken == nil || writeToken != nil else {
      throw HTTPServerError("a read token without a write token would permit anyone to write; set both")
    }
    if let writeToken, let readToken, readToken.matches(writeToken.secret[...]) {
      throw HTTPServerError(
        "the read token equals the write token, so a read-only client could write; create a different one")
    }
    if let problem = hosts.lazy.compactMap(Self.problem(ofHost:)).first { throw HTTPServerError(problem) }
  }

  /// Returns why a host name is invalid; `nil` when it is valid.
  package static func problem(ofHost host: String) -> String? {
    isHost(host)
      ? nil
      : "'\(host)' is not a host; give a name or an address without a port, such as ledger.example.com or [2001:db8::1]"
  }

  private static func isHost(_ text: String) -> Bool {
    let isAddress = text.hasPrefix("[") && text.hasSuffix("]") && text.utf8.count > 2
    let allowed = isAddress ? "abcdef.:" : "abcdefghijklmnopqrstuvwxyz-._"
    let name = isAddress ? text.dropFirst().dropLast() : text[...]
    return !name.isEmpty
      && name.lowercased().utf8.allSatisfy { (0x30...0x39).contains($0) || allowed.utf8.contains($0) }
  }
}
