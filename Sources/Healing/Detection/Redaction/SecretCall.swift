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
