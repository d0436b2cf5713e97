/// A secret recognized by its form: an API key with a known prefix, or the path of a webhook.
struct SecretForm {
  /// The bytes that may follow the prefix.
  enum Alphabet {
    case alphanumeric
    /// Capitals and digits.
    case capitals
    case hexadecimal
    /// Letters, digits, `_` and `-`, with a digit or with capitals inside.
    case word
    /// The bytes of `word`, `.`, `/`, `+`, `=` and `~`, with a digit or with capitals inside.
    case token
    /// Bytes of a URL.
    case url
  }

  let prefix: StaticString
  let alphabet: Alphabet
  /// Minimum number of bytes after the prefix.
  let minimum: Int
  /// Whether the prefix is kept, because it is an address and not part of the secret.
  let isAddress: Bool

  static let table: [SecretForm] =
    keys(
      .token, 16, "sk-", "eyJ", "SG.", "ya29.", "1//0", "hvs.", "hvb.", "hvr.", "dp.st.", "dp.pt.",
      "ATATT3", "ATCTT3")
    + keys(.token, 40, "sl.", "gAAAAA")
    + keys(
      .word, 16, "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "whsec_", "xoxa-", "xoxb-",
      "xoxc-", "xoxd-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "glpat-", "gldt-", "glrt-",
      "glcbt-", "glptt-", "glft-", "glsoat-", "github_pat_", "pypi-", "AIza", "sess-", "GOCSPX-", "PMAK-",
      "dckr_pat_", "dckr_oat_", "tskey-", "NRAK-", "sntrys_", "sntryu_", "figd_", "glsa_", "glc_",
      "lsv2_pt_", "lsv2_sk_", "nvapi-", "tvly-", "pcsk_", "pscale_tkn_", "pscale_pw_", "sb_secret_",
      "FLWSECK-", "sq0atp-", "sq0csp-", "xai-", "pplx-", "shpat_", "shpss_", "shpca_", "shppa_", "dop_v1_",
      "doo_v1_", "dor_v1_", "SWMTKN-1-", "rubygems_", "lin_api_", "BBDC-", "pul-", "nfp_", "sbp_",
      "AKIA", "ASIA")
    + keys(
      .alphanumeric, 16, "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "hf_", "npm_", "gsk_", "r8_", "ntn_",
      "secret_", "sk_", "api_org_", "xkeysib-")
    + keys(.capitals, 16, "AKIA", "ASIA", "ABIA", "ACCA", "AGE-SECRET-KEY-1")
    + keys(.hexadecimal, 32, "key-", "dapi", "SK", "squ_", "sqp_", "sqa_")
    + addresses(
      .url, 1, "hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/",
      "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "webhook.office.com/webhookb2/",
      "outlook.office.com/webhook/", "outlook.office365.com/webhook/", "chat.googleapis.com/v1/spaces/",
      "hooks.zapier.com/hooks/", "open.feishu.cn/open-apis/bot/v2/hook/",
      "open.larksuite.com/open-apis/bot/v2/hook/", "oapi.dingtalk.com/robot/send?",
      "qyapi.weixin.qq.com/cgi-bin/webhook/send?", "hooks.chime.aws/incomingwebhooks/",
      "webexapis.com/v1/webhooks/incoming/", "api.flock.com/hooks/sendMessage/",
      "events.pagerduty.com/integration/", "webhook.site/", "hc-ping.com/", "api.netlify.com/build_hooks/",
      "api.vercel.com/v1/integrations/deploy/")
    + addresses(.alphanumeric, 16, "hooks/", "webhook/", "webhooks/", "with/key/")

  private static func keys(_ alphabet: Alphabet, _ minimum: Int, _ prefixes: StaticString...) -> [SecretForm]
  {
    prefixes.map { SecretForm(prefix: $0, alphabet: alphabet, minimum: minimum, isAddress: false) }
  }

  private static func addresses(
    _ alphabet: Alphabet, _ minimum: Int, _ prefixes: StaticString...
  ) -> [SecretForm] {
    prefixes.map { SecretForm(prefix: $0, alphabet: alphabet, minimum: minimum, isAddress: true) }
  }

  /// Forms by their first two bytes.
  private static let tableByBeginning: [[SecretForm]] = {
    var forms = Array(repeating: [SecretForm](), count: 1_024)
    for form in table {
      forms[LetterPairs.place(form.prefix.utf8Start[0], form.prefix.utf8Start[1])].append(form)
    }
    return forms
  }()

  /// Returns the forms that may begin with two bytes.
  static func forms(beginningWith first: UInt8, _ second: UInt8) -> [SecretForm] {
    tableByBeginning[LetterPairs.place(first, second)]
  }

  /// Returns whether the bytes after the prefix look like a key: `secret_santa_list_of_names` is not one.
  func fits(_ body: TokenLook) -> Bool {
    switch alphabet {
    case .capitals, .hexadecimal, .url: true
    case .alphanumeric, .word, .token: body.isMixture(atLeast: minimum)
    }
  }
}

extension SecretForm.Alphabet {
  func contains(_ byte: UInt8) -> Bool {
    switch self {
    case .alphanumeric: byte.isASCIILetter || byte.isASCIIDigit
    case .capitals: byte.isUppercaseLetter || byte.isASCIIDigit
    case .hexadecimal: byte.hexadecimalDigit != nil
    case .word: byte.isWordByte
    case .token: byte.isTokenByte
    case .url: !byte.isSpace && !byte.isQuote && !"<>`\\)]}".utf8.contains(byte)
    }
  }
}
