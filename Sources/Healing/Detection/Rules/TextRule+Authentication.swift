extension TextRule {
  /// Credentials are missing, wrong or expired, or permission is missing.
  static let authentication: [TextRule] = [
    TextRule(
      "pg_hba", .authentication, 90, transient: false,
      [
        "pg hba"
      ]),
    TextRule(
      "failed", .authentication, 80,
      [
        "authentication|auth|authorization|login|logon|sasl|ldap failed|failure|required|error",
        "authentication|auth|authorization exception|unsuccessful|rejected|expired|missing",
        "login|logon|sasl|ldap exception|unsuccessful|rejected|expired|missing",
        "authentication|authorization|login has|is|was failed|required|rejected",
        "could not be authenticated", "failed|unable to log|sign in", "could not|cannot log|sign in",
        "log|sign in required", "must|need|needs|please|have to? log|sign|authenticate", "must be logged in",
        "not logged in", "bad|invalid|wrong|incorrect|missing|no auth|authentication|authorization|login",
        "noauth|wrongpass", "sign in again", "reauthentication", "reauthenticate", "prompts disabled",
        "username|password not accepted", "failed password", "535 5", "authorization grant * invalid|expired",
      ] + cannot("authenticate|authorize|login")),
    TextRule(
      "credentials", .authentication, 80,
      [
        "invalid|bad|wrong|incorrect|missing * credential|credentials|password|passphrase|signature|jwt",
        "expired|no|unknown * credential|credentials|password|passphrase|signature|jwt",
        "rejected|revoked|malformed * credential|credentials|password|passphrase|signature|jwt",
        "invalid|bad|wrong|incorrect access|refresh|bearer|auth|api|session token|tokens|session",
        "missing|expired|revoked|malformed|no access|refresh|bearer|auth|api|session token|tokens|session",
        "invalid|bad|wrong|incorrect security|id|csrf|authentication|oauth|personal token|tokens|session",
        "missing|expired|revoked|malformed|no security|id|csrf token|tokens|session",
        "missing|expired|revoked|malformed|no authentication|oauth|personal token|tokens|session",
        "invalid|expired|revoked|bad|missing token|session|grant|username",
        "password|credential|credentials|session|jwt|token expired|invalid|revoked",
        "password|credential|credentials|session|jwt|token missing|incorrect|rejected|required",
        "password|credential|credentials has|have|is|are|was been? expired|invalid|revoked|missing",
        "session|jwt|token has|have|is|are|was been? expired|invalid|revoked|missing",
        "password|credential|credentials has|have|is|are|was been? incorrect|wrong|rejected|required",
        "session|jwt|token has|have|is|are|was been? incorrect|wrong|rejected|required",
        "credentials|token|password not found|provided|supplied|valid",
        "get|getting|load|find|retrieve|locate|obtain|provide|refresh * credentials", "no * credentials",
        "validate * credentials", "credentials were not", "default credentials", "security token included",
        "signature does not match", "signature mismatch|verification", "publickey", "host key verification",
        "username|user and|or password", "username or token", "password authentication", "mfa|2fa",
        "multi factor", "invalid client|grant|scope", "consent required", "match the signature",
        "signing method", "signature * does not match", "signature has expired", "ora 01017",
        "no valid providers", "refreshing * tokens", "authentication scopes", "no token",
        "no session|jwt|password|credentials provided|supplied|found", "no matching signature|signatures",
        "signature is invalid|wrong|incorrect", "jwt|webhook|signature verification failed",
        "secret|secrets key|keys? is|are|has|have been? expired|revoked",
      ]),
    TextRule(
      "api_key", .authentication, 80,
      [
        "invalid|incorrect|missing|wrong|bad|no * api|apikey|subscription|license|access|secret key|keys",
        "expired|unknown|unauthorized * api|apikey|subscription|license|access|secret key|keys",
        "revoked|provide|valid * api|apikey|subscription|license|access|secret key|keys",
        "invalid|missing apikey", "api|subscription|license|access key invalid|required|missing|expired",
        "api|subscription|license|access key rejected|revoked|disabled|incorrect|provided",
        "api|subscription|license|access key * invalid|required|missing|expired",
        "api|subscription|license|access key * valid|rejected|revoked|disabled|incorrect",
        "access|api key * does|do not exist|found",
      ]),
    TextRule(
      "unauthorized", .authentication, 80,
      [
        "unauthorized|unauthorised|unauthenticated", "not authorized|authorised|authenticated",
        "authorization denied",
      ]),
    TextRule(
      "plainly_denied", .authentication, 85,
      [
        "access|permission denied", "could not read username|password",
        "host key * mismatch|changed|unknown|verification", "known hosts", "knownhosts",
      ]),
    TextRule(
      "denied", .authentication, 80,
      [
        "access|permission|permissions denied", "access|permission|permissions * denied",
        "denied access|permission", "not writable|writeable", "make sure * writable|readable",
        "permission to * denied", "operation|operations not permitted", "not permitted to", "is denied",
        "requested access", "access refused|forbidden|blocked|restricted|disabled", "access * forbidden",
        "disallowed|blocked|prohibited|restricted|rejected|forbidden by * policy|policies",
        "not subscribed|enrolled|entitled", "time too? skewed", "clock skew", "dubious ownership",
        "violates pod", "acl not|denied found?",
        "account|user is|has|been locked|disabled|suspended|deactivated|banned|blocked",
        "account locked|disabled|suspended|deactivated|banned",
        "ip * not allowed|whitelisted|allowlisted|authorized", "account|user|member|you may not",
      ]),
    TextRule(
      "permission", .authentication, 82,
      [
        "insufficient|missing|lacks * permission|permissions|privilege|privileges|scope|scopes",
        "lack|required|requires|require * permission|permissions|privilege|privileges|scope|scopes",
        "need|needs|no * permission|permissions|privilege|privileges|scope|scopes",
        "enough|necessary|sufficient|correct * permission|permissions|privilege|privileges|scope|scopes",
        "not|doesn't|don't have * permission|permissions|privilege|privileges|access|rights",
        "without permission", "not allowed to access|perform|assume|push|use",
        "permission|permissions|privileges required|needed|missing|insufficient|error",
        "permission * required", "no access to", "access to * not allowed",
        "must be owner|superuser|root|admin", "must have * privilege|privileges|permission|role",
        "run as root|administrator", "requires|require|need root|administrator|superuser|sudo",
        "are you root", "protected branch", "must|should have * permissions|permission", "not accessible by",
        "unable to authenticate", "no supported methods",
        "should|must be given|granted * permission|permissions|access|role",
      ]),
    TextRule(
      "forbidden", .authentication, 64,
      [
        "forbidden", "not entitled", "not allowed to",
      ]),
    TextRule(
      "hint", .authentication, 56,
      [
        "credentials|credential", "api key", "authentication|authorization",
        "oauth|oauth2|oidc|saml|sasl|jwt|ldap|kerberos|gssapi|csrf", "denied",
      ]),
    TextRule(
      "thing", .authentication, 31,
      [
        "permission|permissions|privilege|privileges|token|tokens|password|login|signature|user|policy"
      ]),
  ]
}
