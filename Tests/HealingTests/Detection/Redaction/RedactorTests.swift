import Testing

@testable import Healing

@Suite struct RedactorTests {
  @Test(arguments: [
    ("Authorization: Bearer abc.DEF-123_456", "Authorization: [redacted]"),
    ("authorization: basic dXNlcjpwYXNz", "authorization: [redacted]"),
    ("'Authorization': 'Bearer xyz', 'a': 1", "'Authorization': '[redacted]', 'a': 1"),
    ("sent Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig_x to", "sent Bearer [redacted] to"),
    ("Authorization: AWS4-HMAC-SHA256 Credential=A/B, Signature=ff", "Authorization: [redacted]"),
    ("Cookie: sid=1; theme=dark\nHost: x", "Cookie: [redacted]\nHost: x"),
    ("x-api-key: 12", "x-api-key: [redacted]"),
    ("postgres://app:hunter2@db:5432/x", "postgres://app:[redacted]@db:5432/x"),
    ("redis://:p@ss/w0rd@cache:6379", "redis://:[redacted]@cache:6379"),
    ("https://user:p%40ss@host/a?b=c@d", "https://user:[redacted]@host/a?b=c@d"),
    ("amqp://u:12345@host", "amqp://u:[redacted]@host"),
    ("password=hunter2&user=ann", "password=[redacted]&user=ann"),
    ("Password = hunter2; Server=db", "Password = [redacted]; Server=db"),
    ("Server=db;Uid=a;Pwd=b,c!;Port=1", "Server=db;Uid=a;Pwd=[redacted];Port=1"),
    ("{user=ann, password=abc, id=1}", "{user=ann, password=[redacted], id=1}"),
    ("DB_PASSWORD=x y", "DB_PASSWORD=[redacted] y"),
    ("OPENAI_API_KEY='a b c' z", "OPENAI_API_KEY='[redacted]' z"),
    (#"{"password":"a\"b","id":1}"#, #"{"password":"[redacted]","id":1}"#),
    (#"{\"api_key\": \"abc\", \"n\": 1}"#, #"{\"api_key\": \"[redacted]\", \"n\": 1}"#),
    (#"{"client_secret":"cut off in the mid"#, #"{"client_secret":"[redacted]"#),
    ("run --password hunter2 --verbose", "run --password [redacted] --verbose"),
    ("key sk-proj-abcdefgh12345678 used", "key [redacted] used"),
    ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "[redacted]"),
    ("id AKIAIOSFODNN7EXAMPLE.", "id [redacted]"),
    (
      "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = [redacted]"
    ),
    ("AccountName=a;AccountKey=Zm9v+/==;E=x", "AccountName=a;AccountKey=[redacted];E=x"),
    ("https://x.blob/y?sv=1&sig=a%2Bb%3D0123456789", "https://x.blob/y?sv=1&sig=[redacted]"),
    (
      "https://api.telegram.org/bot123456789:AAEabcdefghijklmnopqrstuvwxyz012345/send",
      "https://api.telegram.org/bot123456789:[redacted]/send"
    ),
    (
      "https://hooks.slack.com/services/T0/B0/abc123 down", "https://hooks.slack.com/services/[redacted] down"
    ),
    ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"),
    ("a -----BEGIN PRIVATE KEY-----\nMIIEvQ cut", "a [redacted]"),
    (
      #"{"k":"-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n","id":1}"#,
      #"{"k":"[redacted]\n","id":1}"#
    ),
    ("x MHcCAQEE\nAoGBAK==\n-----END PRIVATE KEY-----", "x [redacted]-----END PRIVATE KEY-----"),
    ("token=abc123def456", "token=[redacted]"),
    ("session_id: 0123456789", "session_id: [redacted]"),
  ])
  func `redaction removes a secret and keeps the text around it`(text: String, expected: String) {
    #expect(Redactor.redact(text) == expected)
    #expect(Redactor.redact(expected) == expected)
  }

  @Test(arguments: [
    "Basic authentication failed", "token expired", "missing token: abc", "Unexpected token: string at 7",
    "invalid Bearer token", "Access denied for user 'root'@'localhost' (using password: YES)",
    "password: must not be empty", "http://localhost:4873/@scope/pkg", "https://[::1]:8080/a@b",
    "PWD=/home/me", "dial tcp 10.0.0.7:443: connection refused", "git@github.com:a/b.git", "ratio 3:4@5",
    "ssh://git@host:22/x", "the key: value pair", "secret_santa_list_of_all_names is empty", "-----",
    "password authentication failed for user \"app\"", "x=1&y=2", "", "author: ann", "monkey=banana",
    "hostkey: none", "skip-verification-of-everything", "https://host:8080/path?x=a@b",
  ])
  func `redaction keeps harmless text`(text: String) {
    #expect(Redactor.redact(text) == text)
  }

  @Test func `no part of a secret at the cut survives`() {
    let secret = "sk-abcdefghijklmnop0123456789"
    for offset in 0..<80 {
      let text =
        String(repeating: "x", count: 60 - min(60, offset)) + " password=\(secret) "
        + String(repeating: "y", count: offset)
      let cut = Redactor.redact(text, maximumLength: 64)
      #expect(cut.utf8.count <= 64 && !cut.contains("abcd"))
    }
  }

  @Test func `a cut text fits, ends at a character, and is not cut again`() {
    for length in [3, 4, 5, 6, 7, 8] {
      let once = Redactor.redact("äöüäöü", maximumLength: length)
      #expect(once.utf8.count <= length && once.hasSuffix("…"))
      #expect(Redactor.redact(once, maximumLength: length) == once)
    }
    #expect(Redactor.redact("abc", maximumLength: 3) == "abc")
  }

  @Test func `redaction of metadata also considers its keys`() {
    #expect(
      Redactor.redact([
        "password": "a", "note": "token=abc123def456", "key": "orders", "session": "0123456789ab",
      ])
        == ["password": "[redacted]", "note": "token=[redacted]", "key": "orders", "session": "[redacted]"])
  }

  @Test func `redaction removes a secret planted in random text`() {
    var random = SplitMix64(seed: 20_260_131)
    let alphabet = Array("abcXYZ019 \t\n=:,;&?/@'\"\\(){}[]<>-_.%#é💥")
    func noise() -> String {
      String(
        (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a"
        })
    }
    let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ")
    for round in 0..<20_000 {
      let core = String((0..<24).map { _ in letters.randomElement(using: &random) ?? "a" }) + "7"
      // A line break before it, so that the noise cannot be taken for a part of the name.
      let planted = [
        "password=\(core)", "Authorization: Bearer \(core)", "\"api_key\": \"\(core)\"", "sk-\(core)",
        "https://u:\(core)@h/", "--password \(core)",
        "-----BEGIN PRIVATE KEY-----\n\(core)\n-----END PRIVATE KEY-----",
        #"{\"secret\":\"\#(core)\"}"#, "AKIA\(core)", "Cookie: a=\(core)", "AccountKey=\(core);",
      ]
      let text = noise() + "\n" + planted[round % planted.count] + "\n" + noise()
      let redacted = Redactor.redact(text)
      #expect(!redacted.contains(core), "round \(round): \(text)")
      #expect(Redactor.redact(redacted) == redacted, "round \(round): \(text)")
    }
  }
}
