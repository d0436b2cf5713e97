public import Healing

/// Where a ``HealingServer`` listens and whom it answers.
public struct ServerOptions: Sendable {
  /// Where it listens. Default 127.0.0.1:8484. Any other than a loopback address needs a ``writeToken``.
  public var listen: ListenAddress
  /// Names, without port, under which it is reached, in addition to `localhost`, `127.0.0.1` and `[::1]`. A request
  /// for another one is refused. Default none.
  public var hosts: [String]
  /// What clients have to send to read and to change. Default `nil`: no token is asked for.
  public var writeToken: AccessToken?
  /// What clients may send instead to read only. Default `nil`: reading takes the ``writeToken``.
  public var readToken: AccessToken?
  /// Bytes of request bodies, of answers being made (16 MiB for each that reads many rows) and of answers not yet taken, over
  /// all connections, 2 MiB or more. Past it a request is answered with 503; one whose body and answer are small is not
  /// counted. Default 64 MiB.
  public var transferBytes: Int {
    get { limits.transferBytes }
    set { limits.transferBytes = newValue }
  }
  package var limits = HTTPLimits()

  /// Options from their parts.
  public init(
    listen: ListenAddress = .standard, hosts: [String] = [], writeToken: AccessToken? = nil,
    readToken: AccessToken? = nil
  ) {
    self.listen = listen
    self.hosts = hosts
    self.writeToken = writeToken
    self.readToken = readToken
  }

  /// Two bodies of the greatest length.
  private static let leastTransferBytes = 2 * 1_024 * 1_024

  var access: AccessPolicy { AccessPolicy(hosts: hosts, writeToken: writeToken, readToken: readToken) }

  /// - Throws: ``HTTPServerError`` when it would be open to others, or a value can never be right.
  package func check() throws(HTTPServerError) {
    guard listen.isLoopback || writeToken != nil else {
      throw HTTPServerError(
        "\(listen) can be reached by others, so a token is needed; set one, or listen on 127.0.0.1")
    }
    guard transferBytes >= Self.leastTransferBytes else {
      throw HTTPServerError(
        "a transfer budget of \(transferBytes) bytes is too small; give \(Self.leastTransferBytes) or more")
    }
    guard readToken == nil || writeToken != nil else {
      throw HTTPServerError("a read token without a write token would leave writing open; set both")
    }
    if let writeToken, let readToken, readToken.matches(writeToken.secret[...]) {
      throw HTTPServerError(
        "the read token equals the write token, so a client that may only read could write; make another one")
    }
    if let problem = hosts.lazy.compactMap(Self.problem(ofHost:)).first { throw HTTPServerError(problem) }
  }

  /// What is wrong with a host that no client can send.
  package static func problem(ofHost host: String) -> String? {
    isHost(host)
      ? nil
      : "'\(host)' is no host; give a name or an address without a port, such as ledger.example.com or [2001:db8::1]"
  }

  private static func isHost(_ text: String) -> Bool {
    let isAddress = text.hasPrefix("[") && text.hasSuffix("]") && text.utf8.count > 2
    let allowed = isAddress ? "abcdef.:" : "abcdefghijklmnopqrstuvwxyz-._"
    let name = isAddress ? text.dropFirst().dropLast() : text[...]
    return !name.isEmpty
      && name.lowercased().utf8.allSatisfy { (0x30...0x39).contains($0) || allowed.utf8.contains($0) }
  }
}
