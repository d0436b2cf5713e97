/// Words that occur in the place of a secret but are not one: `(using password: YES)`, `password: must not be
/// empty`, `secret: rpc error`, `token=********`.
enum HarmlessWords {
  /// Harmless as a value, after any name.
  static let values: Set<String> = words(
    """
    yes no true false on off null nil none undefined empty missing invalid required optional expired incorrect
    wrong unset set unknown hidden masked redacted filtered removed omitted secure sensitive encrypted hashed
    string str text varchar bytes byte object int integer number bool boolean any void
    enabled disabled default n/a na
    """)

  /// Harmless as the first word after `: `, `is` or `was`, where prose continues.
  static let prose: Set<String> = values.union(
    words(
      """
      a about access accepted actual after again all allowed already also always an and api are arn as asn1
      at authentication authorization auth bad bearer base64 basic bcrypt be been before being between blank
      both but by byte call called can can't cannot certificate changed char character characters check checks
      client code compromised config configuration configured connect connection contact contain contains
      context correct corrupt corrupted could couldn't create created credential credentials cryptography data
      database decode decoding decrypt denied deadline deprecated dial did didn't different digest do does
      doesn't don't double duplicate either eof error expire errors exceeded exec exists exit exited expected expires
      expiring failed failure fetch few field fields file for forbidden format found from get getting given
      got grpc had has hash hasn't have head header headers http https i if illegal in inactive incomplete
      input insecure insufficient internal io is isn't it its jwt just key keys kind leaked least length less
      line load loading lock locked long longer malformed may md5 method mismatch mismatched missing more most
      must need needed needs requires takes accepts never new no nonexistent nosuchkey not nothing notfound null obsolete of
      old on one only open openssl operation optional or out outdated parse parsing pem permission please
      plain plaintext post present process provided put read reading received refresh refused rejected
      request required reset response retrieve returned reused revoked rotated rpc same scheme secrets see
      sent server set sha1 sha256 sha512 shared short should signature signed simple since something still
      stored string such supplied syntax system than that the their there they this timed timeout to token tokens
      too try type unable unauthenticated unauthorized unavailable undefined unencrypted unexpected unknown
      unrecognized unreadable unsafe unsupported unused unverified use used user username users using utf-8
      utf8 valid validation value values verification verify very via ok done pass option parameter setting directive wasn't was weak we were when where
      which while whose will with within without won't would x509 yaml json you your zero
      """))

  /// Harmless as the first word of a value of several words, between quotes or in a header.
  static let sentences: Set<String> = words(
    """
    must should is isn't may might can can't cannot could couldn't this that field value invalid required
    please too not no has have hasn't ensure unable failed failure error expected missing was wasn't were will
    does doesn't did didn't contains length minimum maximum access authentication authorization header token
    server permission user unauthorized forbidden denied unexpected unknown unsupported bad malformed string
    known sensitive requires needs
    """)

  /// Endings of a value that names an error: `token: JsonWebTokenError: jwt malformed`.
  static let errorEndings: [StaticString] = ["error", "exception", "failure"]

  /// Keys of an object that describes a field instead of containing its value: `"password": {"message": "is
  /// required"}`.
  static let descriptions: Set<String> = words(
    """
    message messages msg code type kind error errors _errors reason rule required min max minlength maxlength
    path properties name description $ref enum format title field
    """)

  /// Returns whether a word has an adjective's ending, so that it continues a sentence after `is`: "the password is
  /// expired", "… unacceptable".
  static func isAdjective(_ word: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
    word.allSatisfy(\.isLowercaseLetter) && adjectiveEndings.contains { word.ends(with: $0) }
  }

  /// Returns whether a long word has the ending of a derived word: "password authentication", "… requirements".
  static func isDerived(_ word: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
    isAdjective(word) || nounEndings.contains { word.ends(with: $0) }
  }

  private static let nounEndings: [StaticString] = [
    "tion", "tions", "ment", "ments", "ity", "ness", "ance", "ence", "ings", "ism", "ship", "isms", "er",
    "ers",
    "or", "ors", "ies", "ate",
  ]

  private static let adjectiveEndings: [StaticString] = [
    "ed", "ing", "able", "ible", "ant", "ent", "ive", "ous", "ic", "al", "ful", "less", "ary", "ory", "ly",
  ]

  private static func words(_ text: String) -> Set<String> {
    Set(text.split { $0.isWhitespace }.map(String.init))
  }
}
