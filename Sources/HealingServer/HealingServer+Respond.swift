import Healing

extension HealingServer {
  /// A response to a request that another server has read.
  public struct Response: Sendable {
    /// Status code, such as 200.
    public let status: Int
    /// Header fields in order. Without `Content-Length`, except in the response to `HEAD`.
    public let headers: [(name: String, value: String)]
    /// The body; empty for `HEAD`.
    public let body: [UInt8]
  }

  /// Responds to one request without a socket, so that another web server can mount the REST API. The server need
  /// not be started; a started server answers over its socket too.
  ///
  /// The same rules apply as over the socket: allowed `Host` names, tokens, the origin of changes, the form of the
  /// request, and the 1 MiB limit of its body. Pass the `Host` field of the request; with HTTP/2 that is
  /// `:authority`. The time limits, the limits of connections and ``ServerOptions/transferBytes`` apply to the
  /// socket only, and so does the rule that an address other than loopback needs a token: set
  /// ``ServerOptions/writeToken``, unless your server authenticates clients before.
  ///
  /// `GET /api/v1/healing/events` is answered with 501: only the socket sends streams.
  /// - Parameters:
  ///   - method: such as `GET`, in capital letters.
  ///   - path: path and query as sent, still percent-encoded, such as `/api/v1/healing/health?component=mail`.
  ///   - headers: header fields. `Content-Length`, `Transfer-Encoding` and `Expect` are ignored.
  ///   - body: the whole body. Default empty.
  /// - Returns: the response. An error is a response too.
  public func respond(
    method: String, path: String, headers: [(name: String, value: String)], body: [UInt8] = []
  ) async -> Response {
    let response: HTTPResponse
    do throws(ProblemDetails) {
      let request = try RequestHead.check(
        method: method, target: path, headers: headers, body: body, limits: options.limits,
        refuseMethod: { [router] in router.refusal(ofMethodFor: $0, headers: $1) })
      response = await router.respond(to: request, canStream: false)
    } catch {
      response = error.response
    }
    var fields = response.headers.fields
    guard case .bytes(var body) = response.body else {
      return Response(status: response.status, headers: fields, body: [])
    }
    if method == HTTPMethod.head.rawValue {
      fields.append(("Content-Length", String(body.count)))
      body = []
    }
    return Response(status: response.status, headers: fields, body: body)
  }
}
