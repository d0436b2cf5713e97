import CHealingCurl

/// A URL parsed by libcurl, so that the compared host is the one that libcurl connects to.
final class TransferURL {
  private let handle: OpaquePointer

  /// `nil` when the text is not a URL.
  init?(_ text: String) {
    guard let handle = curl_url() else { return nil }
    self.handle = handle
    guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
  }

  deinit { curl_url_cleanup(handle) }

  /// The complete URL.
  var text: String? { part(CURLUPART_URL) }
  /// The host name or address, in lower case.
  var host: String? { part(CURLUPART_HOST)?.lowercased() }

  /// Resolves a redirect's location, which may be relative, against this URL.
  /// - Returns: false when libcurl does not accept the location; then the URL is unchanged.
  func follow(_ location: String) -> Bool {
    curl_url_set(handle, CURLUPART_URL, location, UInt32(CURLU_URLENCODE)) == CURLUE_OK
  }

  private func part(_ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
