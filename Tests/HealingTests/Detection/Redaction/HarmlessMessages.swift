/// Messages without a secret, as programs write them: many speak of passwords, tokens and keys.
enum HarmlessMessages {
  static let all = credentials + validation + parsing + network + databases + platforms + addresses + markup + programs + texts

  /// Of credentials that are missing, wrong or expired.
  private static let credentials = [
    "password is required", "the token expired", "api key is missing", "code=404", "user/admin@host not found",
    "Password is incorrect.", "Your password is too short (minimum is 8 characters)", "password was changed 3 days ago",
    "The password is expired and must be changed", "password is not set", "the password is wrong", "Password is invalid",
    "your password is about to expire in 14 days", "password must be at least 12 characters long",
    "password must contain an uppercase letter, a digit and a symbol", "password and confirmation do not match",
    "Passwords do not match", "password cannot be blank", "password can't be empty", "no password supplied",
    "fe_sendauth: no password supplied", "password authentication failed for user \"app\"",
    "FATAL: password authentication failed for user \"postgres\"", "Access denied for user 'root'@'localhost' (using password: YES)",
    "Access denied for user 'app'@'10.0.0.7' (using password: NO)", "Login failed for user 'sa'. Reason: Password did not match that for the login provided.",
    "ORA-01017: invalid username/password; logon denied", "ORA-28001: the password has expired", "WRONGPASS invalid username-password pair or user is disabled",
    "NOAUTH Authentication required.", "ERR AUTH <password> called without any password configured for the default user",
    "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", "SASL authentication failed: mechanism PLAIN not supported",
    "535 5.7.8 Authentication credentials invalid", "250-AUTH PLAIN LOGIN XOAUTH2", "504 5.7.4 AUTH PLAIN is not supported", "AUTH LOGIN failed: timeout",
    "530 Login incorrect", "331 Password required for ann", "PASS TestLogin2 (0.00s)", "--- PASS: TestToken2 (0.01s)",
    "Bad credentials", "Invalid credentials for user ann", "credentials: not found in keychain", "Unable to load credentials from any provider in the chain",
    "NoCredentialsError: Unable to locate credentials", "could not find default credentials. See https://cloud.google.com/docs/authentication for more information",
    "error getting credentials - err: exec: \"docker-credential-desktop\": executable file not found in $PATH",
    "Basic authentication failed", "Basic authentication is disabled", "Bearer token missing", "Bearer token is malformed", "invalid Bearer token", "Bearer authentication required",
    "Authorization header is missing", "Authorization: required", "authorization: server message: insufficient_scope", "authorization failed: not an administrator",
    "missing Authorization header with Bearer scheme", "Digest authentication is not supported", "Negotiate failed: no Kerberos ticket",
    "token expired", "token has expired at 2024-05-01T12:00:00Z", "missing token: abc", "invalid token", "token is invalid or expired",
    "The security token included in the request is invalid", "The security token included in the request is expired", "ExpiredToken: The provided token has expired.",
    "access token is missing", "access token: expired", "refresh token is revoked", "could not refresh access token: invalid_grant", "refresh_token: required",
    "error=invalid_token, error_description=\"The access token expired\"", "WWW-Authenticate: Bearer realm=\"api\", error=\"invalid_token\"",
    "WWW-Authenticate: Basic realm=\"Restricted\"", "JsonWebTokenError: jwt malformed", "TokenExpiredError: jwt expired", "token: JsonWebTokenError: jwt malformed",
    "csrf token mismatch", "CSRF token is missing or incorrect", "session expired", "session: not found", "session token is not valid", "no session for this request",
    "cookie: no session found for this request", "Cookie \"sid\" rejected because it is expired", "cookie is not secure",
    "API key not valid. Please pass a valid API key.", "You didn't provide an API key.", "api_key is required", "api key: missing", "The api key header is invalid",
    "The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable",
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.", "API key format is invalid", "Your API key is disabled",
    "gh: To use GitHub CLI in automation, set the GH_TOKEN environment variable.", "Missing required environment variable: GEM_HOST_API_KEY",
    "secret \"db-credentials\" not found", "secrets \"app-tls-7f9c4b\" not found", "Secret app-token-x7k2p not found in namespace default",
    "failed to get secret: secrets \"db\" is forbidden: User \"ann\" cannot get resource", "failed to fetch secret: rpc error: code = NotFound desc = no such secret",
    "MountVolume.SetUp failed for volume \"certs\" : secret \"tls-cert\" not found", "error reading secret: permission denied", "client secret is expired",
    "AADSTS7000215: Invalid client secret provided.", "invalid_client: Invalid client secret", "private key is encrypted", "private key: asn1: structure error",
    "tls: private key does not match public key", "x509: failed to load private key: open /etc/tls/key.pem: no such file or directory",
    "key is invalid. It must begin with 'ssh-rsa' or 'ssh-dss'.", "Permission denied (publickey,password).", "Enter passphrase for key '/home/ann/.ssh/id_ed25519':",
    "OTP code is invalid", "Must specify two-factor authentication OTP code.", "two-factor token required", "signature mismatch", "signature: invalid", "Signature verification failed",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    "403 Forbidden - Your password expired. Please access GitLab from a web browser to update your password.", "Expecting to find passwordCredentials or token in auth.",
    "login failed: user ann password incorrect", "user ann password expired", "for user ann password authentication failed", "Password for user ann:", "password for https://github.com:",
    "token was not provided", "token was revoked", "the secret was rotated", "password is weak", "password is unacceptable", "password is reused", "password is blank", "secret is base64 encoded", "password is hashed with bcrypt",
    "password reset to default values failed", "password set to expire", "token set to be revoked", "key was not found", "api key was not recognized",
  ]

  /// Of fields, schemas and masked values.
  private static let validation = [
    "password: must not be empty", "password: This field is required.", "password: field required", "password: required", "password: Field required [type=missing]",
    #"{"password":["This field is required."]}"#, #"{"errors":{"password":["can't be blank","is too short (minimum is 8 characters)"]}}"#,
    #"{"password":{"message":"is required","code":"required"}}"#, #"{"password":"required"}"#, #"{"token":["Invalid or expired."]}"#, #"{"api_key":["missing"]}"#,
    #"{"type":"object","required":["user","password"],"properties":{"password":{"type":"string","minLength":8}}}"#,
    "password=********", "password: ********", "password=xxxxxx", "password: [FILTERED]", "password=[REDACTED]", "password: <hidden>", "password=<redacted>", "password: (none)", "password: None",
    "Password: None", "password=null", "password: nil", "password: undefined", "\"password\": null", "\"password\": \"***\"", "Config(user='ann', password=SecretStr('**********'))", "password: Optional(nil)",
    "password: ${DB_PASSWORD}", "password=${env.DB_PASSWORD}", "password: {{ .Values.password }}", "usage: login <user> <password>", "usage: tool --user <user> --password <password>",
    "Usage: app [--token <token>] [--api-key <api-key>]", "unknown flag --token given", "flag --password is required", "either --password or --token is required", "--password cannot be used with --token", "option --api-key requires an argument", "flag needs an argument: -p",
    "Unknown column 'password' in 'field list'", "column \"password\" does not exist", "null value in column \"password\" violates not-null constraint",
    "ActiveRecord::RecordInvalid: Validation failed: Password is too short (minimum is 8 characters)", "Validation failed: Password can't be blank, Email is invalid", "field 'password' is missing",
    "unknown attribute 'password' for User.", "undefined method `password' for nil:NilClass", "'password' is a required property", "data.password should NOT be shorter than 8 characters", "Key: 'Login.Password' Error:Field validation for 'Password' failed on the 'required' tag",
    "token: string, user: string", "password: String should have at least 8 characters", "ensure this value has at least 8 characters: password", "author: ann", "monkey=banana", "turkey=dinner", "hostkey: none", "keyboard=de", "passenger: 12", "compass=north", "bypass=true", "authority: example.com", "secretary: ann", "tokenizer=bpe", "max_tokens=4096", "total_tokens: 8192", "This model's maximum context length is 8192 tokens, however you requested 10240 tokens", "passed=12 failed=0", "cookies: disabled",
    "skip-verification-of-everything", "secret_santa_list_of_all_names is empty", "the key: value pair", "x=1&y=2", "name=password", "field=password reason=required",
    #"{"field":"password","message":"must not be empty"}"#, #"{"loc":["body","password"],"msg":"field required","type":"value_error.missing"}"#, #"{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}"#,
    "couldn't find key password in Secret default/db", "couldn't find key api-key in Secret default/app-secrets", "env DB_PASSWORD is not set", "environment variable AWS_SECRET_ACCESS_KEY not found", "KeyError: 'password'", "KeyError: 'access_token'", "KeyError: 'liveChatReplayContinuationData'",
  ]

  /// Of parsers, compilers and programming errors.
  private static let parsing = [
    "Unexpected token: string at 7", "Unexpected token < in JSON at position 0", "SyntaxError: Unexpected token 'o', \"not json\" is not valid JSON", "Unexpected token identifier2x at line 3", "syntax error: unexpected token: }", "illegal token abc12345 in expression",
    "unexpected end of JSON input", "invalid character '<' looking for beginning of value", "yaml: line 12: mapping values are not allowed in this context", "json: cannot unmarshal string into Go struct field Config.port of type int",
    "expected ':' but got '='", "parse error near `foo:bar'", "error CS1002: ; expected", "main.go:42:7: undefined: foo", "src/app.ts(12,5): error TS2304: Cannot find name 'x'.", "Foo.java:12: error: cannot find symbol", "error[E0382]: borrow of moved value: `key`", "std::bad_alloc", "std::out_of_range: map::at", "aws_sdk::secret::Error::NotFound",
    "TypeError: Cannot read properties of undefined (reading 'token')", "NameError: name 'password' is not defined", "AttributeError: 'Session' object has no attribute 'token'", "java.lang.NullPointerException: Cannot invoke \"String.length()\" because \"password\" is null", "Traceback (most recent call last):\n  File \"app.py\", line 3, in login\n    check(password)\nValueError: bad", "panic: runtime error: index out of range [3] with length 3", "at Object.<anonymous> (/app/auth.js:10:5)", "thread 'main' panicked at src/main.rs:4:5", "EXC_BAD_ACCESS (code=1, address=0x0)", "Exit code=137 signal=9",
    "Error Domain=NSCocoaErrorDomain Code=3840 \"JSON text did not start with array or object\"", "code = Unavailable desc = transport is closing", "code: UNAUTHENTICATED", "rpc error: code = Unknown desc = authentication required", "Swift.DecodingError.keyNotFound(CodingKeys(stringValue: \"token\", intValue: nil))", "GET /login?code=E_DENIED: 302", "GET /cb?error=access_denied&code=404", "exit status code=1", "errcode=40001, errmsg=invalid credential", "https://example.com/?code=200", "zip code: 90210", "QuotaError: Quota exceeded: code=InstanceLimitExceeded",
  ]

  /// Of connections, URLs and certificates.
  private static let network = [
    "dial tcp 10.0.0.7:443: connect: connection refused", "Get \"https://api.example.com/v1/users?page=2\": context deadline exceeded", "http://localhost:4873/@scope/pkg", "https://[::1]:8080/a@b", "https://host:8080/path?x=a@b", "ssh://git@host:22/x", "git@github.com:a/b.git", "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com",
    "getaddrinfo ENOTFOUND db.internal", "connect ECONNREFUSED 127.0.0.1:5432", "upstream connect error or disconnect/reset before headers. reset reason: connection failure", "SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: unable to get local issuer certificate", "x509: certificate signed by unknown authority", "remote error: tls: handshake failure", "no start line: Expecting: -----BEGIN CERTIFICATE-----", "could not find \"-----BEGIN RSA PRIVATE KEY-----\" in key.pem", "PEM_read_bio:no start line", "-----", "----- end of log -----",
    "GET request to https://auth.docker.io/token?scope=repository%3AXXX%2FYYY%3Apull&service=registry.docker.io: 401 Unauthorized", "POST \"https://ghcr.io/token\": response status code 405: unsupported", "failed to refresh token: Post \"https://oauth2.googleapis.com/token\": dial tcp: i/o timeout", "HTTP 401 from https://api.example.com/v1/session/9: session not found", "http://auth-token:8080/healthz: 503", "redirect to https://example.com/login?next=/a:b@c", "https://example.com/a:b/c@d", "https://example.com/users/ann@example.com", "jdbc:postgresql://db:5432/orders: connection refused", "redis://cache:6379: i/o timeout", "amqp://localhost:5672/: connection reset", "mongodb://db1:27017,db2:27017/app?replicaSet=rs0: no primary", "smtp://mail.example.com:587: timed out", "proxy http://proxy.example.com:3128 returned 407 Proxy Authentication Required", "https://example.com/webhooks/list: 404", "https://hooks.slack.com/ is unreachable", "https://example.com/hooks/useEffect", "https://discord.com/api/webhooks: 405 Method Not Allowed", "ratio 3:4@5", "at 10:30:45@office", "wss://stream.example.com:9443/ws closed: code=1006", "198.51.100.7:8080:timeout", "2001:db8::1 unreachable", "00:1a:2b:3c:4d:5e not responding",
  ]

  /// Of databases and queues.
  private static let databases = [
    "duplicate key value violates unique constraint \"users_email_key\" (SQLSTATE 23505)", "ERROR 1062 (23000): Duplicate entry 'r1-n-m-api-nova-metadata-0' for key 'uniq_services0host0binary0deleted'", "Duplicate entry 'ann@example.com' for key 'users.email_unique'", "Key (id)=(42) already exists.", "Key (email)=(ann@example.com) already exists.", "duplicate key: 550e8400-e29b-41d4-a716-446655440000", "foreign key constraint failed", "UNIQUE constraint failed: tokens.id", "primary key 00000001 not found", "NoSuchKey: The specified key does not exist.", "NoSuchKey: key=reports/2024/05/summary.csv", "key: orders/2024/10/file.csv not found", "cache miss for key user_12345", "key user:42:profile expired", "Timeout performing GET MyKey (1000ms)", "MOVED 3999 10.0.0.7:6381", "relation \"sessions\" does not exist", "deadlock detected", "canceling statement due to statement timeout", "could not serialize access due to concurrent update",
    "oslo_db.exception.DBReferenceError: (sqlite3.IntegrityError) FOREIGN KEY constraint failed [SQL: DELETE FROM ports WHERE ports.id = ?] [parameters: ('64720ac5-72a0-4e88-8193-fd54a97ccef3',)]", "INSERT INTO users (\"password\", \"email\") VALUES ($1, $2): null value", "SELECT id, password FROM users WHERE id = 7", "LeaderElection: lock key held by pod-7f9c4b-x2k1", "consumer group orders: partition 3@1234 lagging", "too many connections for role \"app\"", "remaining connection slots are reserved for non-replication superuser connections", "topic orders:3@1234 is out of range", "E11000 duplicate key error collection: app.users index: email_1 dup key: { email: \"ann@example.com\" }", "LOGIN failed for ann", "user account is locked", "shard key is immutable", "sort key must be a string", "partition key is required", "encryption key not found", "encryption key: not configured", "signing key is missing",
  ]

  /// Of clouds, containers and build tools.
  private static let platforms = [
    "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/app/i-0abc is not authorized to perform: s3:GetObject", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-x1y2z3 was not found", "failed to resolve reference \"docker.io/library/app:latest\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", "nginx:1.25@sha256:af359fd8fb968ec1097afbd6e8e1dac9ee130861082e54dc2340d0c019407873: not found", "registry.example.com/app:v1.2@sha256:af359fd8: manifest unknown", "Back-off pulling image \"app:1.2.3\"", "npm ERR! code E401", "npm ERR! 404 '@scope/pkg@1.2.3' is not in the npm registry.", "npm:left-pad@1.3.0 not found", "github.com/hashicorp/vault@v1.4.2: reading https://proxy.golang.org/github.com/hashicorp/vault/@v/v1.4.2.zip: 503 Service Unavailable", "actions/checkout@v4: not found", "actions/setup-node2@main failed", "org/k8s-tools2@main: no such ref", "pkg:npm/foo@1.2.3 has a vulnerability", "requires react@^18.0.0 but found react@17.0.2", "systemd[1]: user@1000.service: Main process exited, code=exited, status=1/FAILURE", "Started Session 3 of user root.", "pod/app-7f9c4b8d6-x2k1p: CrashLoopBackOff", "kex_exchange_identification: Connection closed by remote host", "mysql: [Warning] Using a password on the command line interface can be insecure.", "mysql -u root -p orders: command not found", "docker run -p 8080:80 app: port is already allocated", "mkdir -p /var/lib/app: permission denied", "ssh -p 2222 host: connection refused", "ps -p 123 failed", "patch -p1 < fix.diff failed", "curl: (6) Could not resolve host: api.example.com", "curl -u ann https://example.com: 401", "docker login failed: unauthorized", "az login: no subscription found", "tar: -pxzf: invalid option", "chown -R 1000:1000 /data: operation not permitted", "docker run -u 1000:1000 app failed", "terraform: key_vault_secret data source not found", "helm: secret release v12 not found", "Vault is sealed", "ImagePullSecret regcred not found", "quota exceeded for key type RSA2048", "SERVICE_ACCOUNT key rotation failed",
  ]

  /// With addresses of people.
  private static let addresses = [
    "mail to ann@example.com bounced", "email:ann7@example.com is not a valid address", "user:ann@example.com not found", "mailto:ann.smith@example.com", "From: ann@example.com", "from:ann@example.com to:bob@mail.test", "no account for user ann@example.com", "cc:bob@example.com", "sip:alice@example.com is unavailable", "Contact support@openai.com if you continue to have issues", "recipient:bob2@example.org rejected", "HTTP/web.example.com@EXAMPLE.COM not found in Kerberos database", "host/db1.example.com@EXAMPLE.COM: key table entry not found", "principal ann@EXAMPLE.COM is locked", "users/ann@example.com/inbox: 404", "java.lang.Object@6d06d69c", "com.example.Foo:bar@1a2b3c4d is closed", "deploy:prod@v1.2 failed", "@types/node@20.1.0 is missing", "image logo@2x.png not found", "2024-05-01 host sshd[1]: Failed password for ann from 10.0.0.7 port 2222 ssh2", "Failed password for invalid user admin from 203.0.113.5 port 51515 ssh2", "Accepted publickey for ann from 10.0.0.7 port 51515 ssh2: RSA SHA256:abc",
  ]

  /// With markup and other formats.
  private static let markup = [
    "<html><head><title>401 Authorization Required</title></head></html>", "<error><code>404</code><message>token not found</message></error>", "<password/> is not allowed here", "<password></password>", "<input type=\"password\" name=\"pw\">", "<xs:element name=\"password\" type=\"xs:string\"/>", "expected element <token> at line 3", "<Code>AccessDenied</Code><Message>Access Denied</Message><Key>reports/a.csv</Key>", "level=error msg=\"token expired\" status=401", "status=401 error=\"invalid credentials\" user=ann", "| id | password | name |", "id,password,name", "100% of tokens used", "disk at 91%: /var/lib", "C:\\new\\table.txt not found", "C:\\Users\\ann\\tokens\\x: access denied", "\\\\server\\share is not reachable", "a &lt; b &amp;&amp; c", "caf%C3%A9 not found", "%zz is no escape", "\\u00e9 is not ASCII", "regex \\d+\\s failed", "PWD=/home/me", "OLDPWD=/home/ann/x",
  ]

  /// Of programs and machines.
  private static let programs = [
    "no space left on device", "Too many open files", "out of memory: killed process 1234 (java)", "segmentation fault (core dumped)", "permission denied: /etc/shadow", "lock file /var/lib/app/token.lock exists", "config error file=\"example/in_tail.conf\" error=\"parse/@type is required.\"", "listen tcp :8080: bind: address already in use", "signal: killed", "operation timed out after 30s", "rate limit exceeded, retry after 20 seconds", "Rate limit reached for default-codex in organization org-abc on requests per min. Limit: 20 / min.", "circuit breaker is open", "checksum mismatch: expected 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 2c26b46b68ffc68ff99b453c1d30413413422d70 not found", "request id 8a6e0804-2bd0-4672-b79d-d97027f9071a failed", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7", "build 20240501.3 failed", "sk-learn is not installed", "hf_hub_download failed", "npm_config_registry is not set", "npm_package_version_1_2_3 is unknown", "AKIA is the prefix of an access key id", "eyJ is how a JSON web token begins", "basic auth2 flow", "token bucket is empty", "Token ring is down", "keyboard interrupt", "session 42 closed", "bot is offline", "the digest is wrong", "digest: sha256 mismatch", "thin provisioning is full", "connect to db failed", "account is disabled", "is password the problem?", "value is out of range", "by design",
  ]

  private static let texts = [
    "", " ", "ok", "—", "日本語のエラー", "ошибка: пароль неверный", "💥", "e\u{301}chec: mot de passe incorrect", "Anmeldung fehlgeschlagen: Kennwort ist falsch", "a\tb\tc", "line 1\nline 2\r\nline 3", "'", "\"", "((((", "]]]]", "====", "::::", "@@@@", "a=b:c@d", "?&?&", "--", "-p", "-u", "<", ">", "%", "\\", "&",
  ]
}
