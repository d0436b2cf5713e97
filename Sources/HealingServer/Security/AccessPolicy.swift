import Healing
/// Access rules: accepted host names, tokens, and the origins of changes.
struct AccessPolicy: Sendable {
  private let hosts: Set<String>
  private let writeToken: AccessToken?
  private let readToken: AccessToken?

  /// Names of the loopback interface.
  private static let loopbackHosts: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

  /// Length of a name of 253 bytes with a port.
  private static let longestHost = 259

  /// - Parameter hosts: names, without port, in addition to those of the loopback interface.
  init(hosts: [String], writeToken: AccessToken?, readToken: AccessToken?) {
    self.hosts = Self.loopbackHosts.union(hosts.map { $0.lowercased() })
    self.writeToken = writeToken
    self.readToken = readToken
  }

  /// Checks `Host` against DNS rebinding: a page of another site can resolve its name to this machine, but the
  /// browser still sends that name.
  func checkHost(_ request: HTTPRequest) throws(ProblemDetails) {
    let host = request.headers["host"] ?? ""
    guard host.utf8.count <= Self.longestHost else {
      throw ProblemDetails(421, "the Host has more than \(Self.longestHost) bytes")
    }
    guard hosts.contains(Self.name(ofHost: host)) else {
      throw ProblemDetails(
        421,
        "the Host \(host) is not allowed; send the request to localhost, or add the name to the key hosts")
    }
  }

  func checkToken(_ request: HTTPRequest) throws(ProblemDetails) {
    guard writeToken != nil || readToken != nil else { return }
    let words =
      request.headers["authorization"]?.utf8.split(separator: UInt8(ascii: " ")).map(Substring.init) ?? []
    guard words.count == 2, HTTPHeaders.equal(words[0], "bearer") else {
      throw ProblemDetails(
        401, "send Authorization: Bearer TOKEN", headers: [("WWW-Authenticate", "Bearer realm=\"healing\"")])
    }
    let mayWrite = writeToken?.matches(words[1]) ?? false
    let mayRead = readToken?.matches(words[1]) ?? false
    if mayWrite { return }
    guard mayRead else {
      throw ProblemDetails(
        401, "the token is not valid",
        headers: [("WWW-Authenticate", "Bearer realm=\"healing\", error=\"invalid_token\"")])
    }
    guard request.method == .get || request.method == .head else {
      throw ProblemDetails(403, "the token is read-only")
    }
  }

  /// Checks where a change comes from. Only browsers send an origin.
  func checkMutation(_ request: HTTPRequest) throws(ProblemDetails) {
    if let site = request.headers["sec-fetch-site"], !HTTPHeaders.equal(site, "same-origin"),
      !HTTPHeaders.equal(site, "none")
    {
      throw ProblemDetails(403, "changes from pages of other sites are rejected")
    }
    if let origin = request.headers["origin"], let host = request.headers["host"],
      !HTTPHeaders.equal(origin, "http://\(host)"), !HTTPHeaders.equal(origin, "https://\(host)")
    {
      throw ProblemDetails(403, "changes from pages of other sites are rejected")
    }
    let type = request.headers["content-type"]
    guard type.map(Self.isJSON) ?? request.body.isEmpty else {
      throw ProblemDetails(415, "send the body as application/json, in UTF-8")
    }
  }

  private static func isJSON(_ type: String) -> Bool {
    let parts = type.lowercased().split(separator: ";").map {
      $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
    }
    return parts.first == "application/json"
      && parts.dropFirst().allSatisfy { !$0.hasPrefix("charset=") || $0 == "charset=utf-8" }
  }

  private static func name(ofHost host: String) -> String {
    let host = host.lowercased()
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      let rest = host[host.index(after: end)...]
      return rest.isEmpty || isPort(rest) ? String(host[...end]) : host
    }
    guard let colon = host.firstIndex(of: ":") else { return host }
    return isPort(host[colon...]) ? String(host[..<colon]) : host
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.first == ":" && UInt16(port: text.dropFirst()) != nil
  }
}
