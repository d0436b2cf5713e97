/// Secrets identified by their position in a list: arguments of functions, and rows of SQL.
extension SecretScan {
  /// Redacts, at `(`, the secret argument of `PASSWORD('x')`, `HTTPBasicAuth('ann', 'x')` and `auth=('ann', 'x')`.
  mutating func skipCall(at open: Int) -> Int {
    guard byte(at: open + 1).isQuote || byte(at: open + 2).isQuote, open > copied else { return open + 1 }
    let end = bytes[open - 1] == UInt8(ascii: "=") ? open - 1 : open
    let name = start(to: end, limit: 32, while: \.isWordByte)..<end
    guard !name.isEmpty, let call = SecretCall.table.first(where: { equals(name, $0.name) }),
      // Without `=`, `auth('ann', 'x')` may be any function of a program.
      equals(name, "auth") == (end < open)
    else { return open + 1 }
    if call.isDatabase {
      let first = quoted(from: self.end(from: open + 1, limit: 1) { !$0.isQuote })
      guard bytes[first].contains(UInt8(ascii: "=")) else { return open + 1 }
    }
    return redactItem([call.place], ofListAt: open) ?? open + 1
  }

  /// Redacts, at `VALUES`, the columns of secrets: `INSERT INTO users (name, password) VALUES ('ann', 'x')`.
  mutating func skipRows(_ word: Range<Int>) -> Int? {
    let close = start(to: word.lowerBound, limit: 16) { $0.isSpace || $0.isGap } - 1
    guard close > copied, bytes[close] == UInt8(ascii: ")") else { return nil }
    let open = start(to: close, limit: 1_024) { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
    guard open > copied, bytes[open - 1] == UInt8(ascii: "(") else { return nil }
    var places: [Int] = []
    for (place, column) in bytes[open..<close].split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false
    )
    .enumerated() {
      let name = column.indices.filter { bytes[$0].isWordByte }
      guard let first = name.first, let last = name.last else { continue }
      if SecretNames.kind(of: bytes[first...last]) == .secret { places.append(place) }
    }
    guard !places.isEmpty else { return nil }
    var end: Int?
    var row = self.end(from: word.upperBound) { $0.isSpace || $0.isGap }
    while byte(at: row) == UInt8(ascii: "("), let next = redactItem(places, ofListAt: row) {
      end = next
      guard byte(at: next) == UInt8(ascii: ",") else { break }
      row = self.end(from: next + 1) { $0.isSpace || $0.isGap }
    }
    return end
  }

  /// Redacts the quoted items at the given positions of a bracketed list. Returns the end of the list; `nil` for a
  /// list without such items.
  private mutating func redactItem(_ places: [Int], ofListAt open: Int) -> Int? {
    var index = open + 1
    var place = 0
    var hasItem = false
    while index < bytes.count, !bytes[index].isCloser {
      if bytes[index].isQuote {
        let item = quoted(from: index)
        if places.contains(place) {
          hasItem = true
          let value = SecretValue(range: item, core: item, isQuoted: true)
          if !item.isEmpty, !isRedacted(at: item.lowerBound), !isHarmless(value, isProse: true) {
            redact(item)
          }
        }
        index = item.upperBound
      } else if bytes[index] == UInt8(ascii: ",") {
        place += 1
      } else if bytes[index].isOpener || bytes[index] == UInt8(ascii: ";") {
        break
      }
      index += 1
    }
    return hasItem ? min(byte(at: index).isCloser ? index + 1 : index, bytes.count) : nil
  }
}

/// A function with a secret at a fixed position among its arguments: `HTTPBasicAuth('ann', 'x')`.
struct SecretCall {
  /// In lower case.
  let name: StaticString
  /// Position of the secret among the arguments, from 0.
  let place: Int
  /// Whether the first argument must name a database, because the function's name is common: `connect('host=h',
  /// …)`.
  let isDatabase: Bool

  static let table: [SecretCall] =
    calls(0, "password", "setpassword", "withpassword")
    + calls(
      1, "auth", "httpbasicauth", "httpdigestauth", "usernamepasswordcredentials", "passwordauthentication",
      "pgp_sym_encrypt", "pgp_sym_decrypt", "aes_encrypt", "aes_decrypt")
    + calls(2, "mysqli_connect", "mysql_connect", "ftp_login", "ldap_bind")
    + ["connect", "__construct"].map { SecretCall(name: $0, place: 2, isDatabase: true) }

  private static func calls(_ place: Int, _ names: StaticString...) -> [SecretCall] {
    names.map { SecretCall(name: $0, place: place, isDatabase: false) }
  }
}
