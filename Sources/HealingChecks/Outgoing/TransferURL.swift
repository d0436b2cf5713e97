import CHealingCurl

/// A URL as libcurl reads it, so that the host that is compared is the one that is asked.
final class TransferURL {
  private let handle: OpaquePointer

  /// `nil` when it is none.
  init?(_ text: String) {
    guard let handle = curl_url() else { return nil }
    self.handle = handle
    guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
  }

  deinit { curl_url_cleanup(handle) }

  /// The whole.
  var text: String? { part(CURLUPART_URL) }
  /// The name or address, in small letters.
  var host: String? { part(CURLUPART_HOST)?.lowercased() }

  /// Goes where a redirection leads, which may be relative.
  /// - Returns: false when it leads nowhere that libcurl can ask; then it is what it was.
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
