import CHealingEvent

/// A request of the library that has not been answered yet. Used on the loop's thread.
///
/// The library keeps the request until it is answered, even if its connection was closed meanwhile.
final class HTTPExchange {
  private let request: OpaquePointer
  /// Key of the connection in the transport's table, while ``isAbandoned`` is false.
  let buffers: OpaquePointer
  private let isHead: Bool
  /// Bytes that the request's body, and the response being built, add to the transport's budget.
  var charge = 0

  init(request: OpaquePointer, buffers: OpaquePointer) {
    self.request = request
    self.buffers = buffers
    isHead = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD
  }

  /// Whether the connection has been closed.
  var isAbandoned: Bool { evhttp_request_get_connection(request) == nil }

  /// Returns the request as a value.
  func read() -> HTTPRequest {
    var headers = HTTPHeaders()
    var next = cevent_first_header(evhttp_request_get_input_headers(request))
    while let header = next {
      headers.add(String(cString: header.pointee.key), String(cString: header.pointee.value))
      next = cevent_next_header(header)
    }
    let input = evhttp_request_get_input_buffer(request)
    let count = evbuffer_get_length(input)
    // For an empty body: the storage that all empty arrays share must not be written to.
    let body =
      count == 0
      ? []
      : [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
        filled = max(0, Int(evbuffer_remove(input, bytes.baseAddress, count)))
      }
    return HTTPRequest(
      method, evhttp_request_get_uri(request).map { String(cString: $0) } ?? "/", headers: headers, body: body
    )
  }

  private var method: HTTPMethod {
    switch evhttp_request_get_command(request) {
    case EVHTTP_REQ_POST: .post
    case EVHTTP_REQ_HEAD: .head
    case EVHTTP_REQ_PUT: .put
    case EVHTTP_REQ_DELETE: .delete
    case EVHTTP_REQ_OPTIONS: .options
    case EVHTTP_REQ_PATCH: .patch
    default: .get
    }
  }

  /// Returns how many bytes of a response's body are sent.
  func size(of response: HTTPResponse) -> Int {
    guard case .bytes(let bytes) = response.body, !isHead else { return 0 }
    return bytes.count
  }

  /// Ends an exchange whose connection has been closed.
  func drop() { evhttp_send_reply(request, 503, nil, nil) }

  /// Sends a complete response and ends the exchange.
  func send(_ response: HTTPResponse, closing: Bool) {
    guard case .bytes(let bytes) = response.body else { return }
    addHeaders(of: response)
    let output = evhttp_request_get_output_headers(request)
    if closing { evhttp_add_header(output, "Connection", "close") }
    if isHead { evhttp_add_header(output, "Content-Length", String(bytes.count)) }
    withBuffer(isHead ? [] : bytes) { buffer in
      evhttp_send_reply(request, Int32(response.status), StatusLine.reason(response.status), buffer)
    }
  }

  /// Sends the head of a response that follows in pieces.
  func start(_ response: HTTPResponse) {
    addHeaders(of: response)
    evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close")
    evhttp_send_reply_start(request, Int32(response.status), StatusLine.reason(response.status))
  }

  func sendPiece(
    _ bytes: [UInt8],
    whenTaken: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void,
    with context: () -> UnsafeMutableRawPointer
  ) {
    withBuffer(bytes) { evhttp_send_reply_chunk_with_cb(request, $0, whenTaken, context()) }
  }

  /// Ends a response in pieces and the exchange.
  func end() { evhttp_send_reply_end(request) }

  private func addHeaders(of response: HTTPResponse) {
    let output = evhttp_request_get_output_headers(request)
    for field in response.headers.fields { evhttp_add_header(output, field.name, field.value) }
  }

  private func withBuffer(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Void) {
    let buffer = evbuffer_new()
    evbuffer_add(buffer, bytes, bytes.count)
    body(buffer)
    if let buffer { evbuffer_free(buffer) }
  }
}
