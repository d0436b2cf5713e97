import CHealingCurl
import Healing
import Synchronization

/// An HTTP exchange with libcurl.
final class Transfer: Sendable {
  private let request: OutgoingRequest
  private let state: Lock<State>

  /// `@unchecked Sendable`: `curl_multi_wakeup` may be called on any thread. It is called under the lock, and
  /// only while the handle exists.
  private struct State: @unchecked Sendable {
    var multi: UnsafeMutableRawPointer?
    var isCancelled = false
  }

  /// Collects the response body from libcurl.
  private final class Body {
    let limit: Int
    var bytes: [UInt8] = []
    var isCut = false

    init(limit: Int) { self.limit = limit }

    func clear() { (bytes, isCut) = ([], false) }

    func take(_ piece: UnsafeRawBufferPointer) -> Int {
      let taken = min(piece.count, limit - bytes.count)
      bytes += piece.prefix(taken)
      isCut = taken < piece.count
      return taken
    }
  }

  private static let mostRedirections = 10
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  init(_ request: OutgoingRequest) {
    self.request = request
    state = Lock(State())
  }

  func run() async throws -> OutgoingRequest.Answer {
    try await BlockingThread.run { [self] in
      CLibrary.blockBrokenPipe()
      return try exchange()
    }
  }

  /// Cancels the exchange. May be called on any thread, at any time.
  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      if let multi = state.multi { _ = curl_multi_wakeup(multi) }
    }
  }

  /// Performs the exchange; blocks the thread.
  private func exchange() throws -> OutgoingRequest.Answer {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CURL_ERROR_SIZE)) { words in
      words.initialize(repeating: 0)
      var headers: UnsafeMutablePointer<curl_slist>?
      defer { curl_slist_free_all(headers) }
      // Disables `Expect: 100-continue`.
      for header in request.headers + ["Expect:"] { headers = curl_slist_append(headers, header) }
      let body = Body(limit: request.answerLimit)
      return try withExtendedLifetime(body) {
        guard Self.isReady, let easy = curl_easy_init() else {
          throw failure("libcurl cannot be initialised")
        }
        defer { curl_easy_cleanup(easy) }
        try prepare(easy, headers: headers, body: body, words: words)
        let url = TransferURL(request.url)
        for _ in 0...Self.mostRedirections {
          body.clear()
          let code = try perform(easy)
          guard code == CURLE_OK || body.isCut else { throw failure(code, words: words) }
          let status = ccurl_status(easy)
          let location = (300...399).contains(status) ? Self.location(of: easy) : nil
          guard let location, let url, let next = self.next(after: url, location) else {
            return OutgoingRequest.Answer(status: status, isRedirection: location != nil, body: body.bytes)
          }
          let set = ccurl_set_pointer(easy, CURLOPT_URL, next)
          guard set == CURLE_OK else { throw failure(set, words: words) }
        }
        throw failure("more than \(Self.mostRedirections) redirections")
      }
    }
  }

  private static func location(of easy: UnsafeMutableRawPointer) -> String? {
    var header: UnsafeMutablePointer<curl_header>?
    guard curl_easy_header(easy, "Location", 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK,
      let value = header?.pointee.value, value.pointee != 0
    else { return nil }
    return String(cString: value)
  }

  /// Returns the URL to redirect to; `nil` when the redirect is not to be followed.
  private func next(after url: TransferURL, _ location: String) -> String? {
    let host = url.host
    guard request.redirects != .none, url.follow(location),
      request.redirects == .any || (host != nil && url.host == host)
    else { return nil }
    return url.text
  }

  /// libcurl copies its arguments, except those that must exist until the handle is cleaned up.
  private func prepare(
    _ easy: UnsafeMutableRawPointer, headers: UnsafeMutablePointer<curl_slist>?, body: Body,
    words: UnsafeMutableBufferPointer<CChar>
  ) throws {
    var codes = [
      // Signals belong to the process. The caller sets the time limit, so the one for connecting is a day.
      ccurl_set_number(easy, CURLOPT_NOSIGNAL, 1),
      ccurl_set_number(easy, CURLOPT_CONNECTTIMEOUT, 86_400),
      // Does not wait for a pending name resolution at cleanup.
      ccurl_set_number(easy, CURLOPT_QUICK_EXIT, 1),
      ccurl_set_pointer(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
      ccurl_set_pointer(easy, CURLOPT_URL, request.url),
      ccurl_set_pointer(easy, CURLOPT_USERAGENT, "healing"),
      // Accepts all encodings that libcurl can decode. Keeps cookies for this exchange only.
      ccurl_set_pointer(easy, CURLOPT_ACCEPT_ENCODING, ""),
      ccurl_set_pointer(easy, CURLOPT_COOKIEFILE, ""),
      ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers),
      ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, words.baseAddress),
      ccurl_set_receiver(
        easy,
        { bytes, _, count, context in
          guard let bytes, let context else { return 0 }
          return Unmanaged<Body>.fromOpaque(context).takeUnretainedValue()
            .take(UnsafeRawBufferPointer(start: bytes, count: count))
        }, Unmanaged.passUnretained(body).toOpaque()),
    ]
    if let content = request.body {
      codes.append(ccurl_set_number(easy, CURLOPT_POSTFIELDSIZE, content.count))
      codes.append(ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, content))
    }
    if let code = codes.first(where: { $0 != CURLE_OK }) { throw failure(code, words: words) }
  }

  /// Waits for the end of the transfer, or for ``cancel()``. Only a multi handle can be woken by another
  /// thread.
  private func perform(_ easy: UnsafeMutableRawPointer) throws -> CURLcode {
    guard let multi = curl_multi_init() else { throw failure("libcurl cannot be initialised") }
    defer {
      state.withLock { $0.multi = nil }
      curl_multi_remove_handle(multi, easy)
      curl_multi_cleanup(multi)
    }
    var code = curl_multi_add_handle(multi, easy)
    state.withLock { $0.multi = multi }
    var running: Int32 = 1
    while code == CURLM_OK {
      if state.withLock({ $0.isCancelled }) { throw CancellationError() }
      code = curl_multi_perform(multi, &running)
      if running == 0 { break }
      if code == CURLM_OK { code = curl_multi_poll(multi, nil, 0, 1_000, nil) }
    }
    guard code == CURLM_OK else { throw failure(String(cString: curl_multi_strerror(code))) }
    var left: Int32 = 0
    return curl_multi_info_read(multi, &left)?.pointee.data.result ?? CURLE_OK
  }

  private func failure(_ description: String) -> OutgoingRequest.Failure {
    OutgoingRequest.Failure(description: description, isTransient: nil)
  }

  /// - Parameter words: libcurl's error buffer, which may be empty.
  private func failure(
    _ code: CURLcode, words: UnsafeMutableBufferPointer<CChar>
  ) -> OutgoingRequest.Failure {
    let message = words.baseAddress.map { String(cString: $0) } ?? ""
    // "Unsupported proxy" messages contain the proxy URL with its password.
    let isSpecific = !message.isEmpty && !message.hasPrefix("Unsupported proxy")
    let isPassing =
      [
        CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
        CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
      ].contains(code)
    return OutgoingRequest.Failure(
      description: Redactor.redact(isSpecific ? message : String(cString: curl_easy_strerror(code))),
      isTransient: isPassing ? true : nil)
  }
}
