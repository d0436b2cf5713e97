/// A format in which programs write secrets. `§` is the place of the secret, which the redacted text must not contain.
struct SecretShape: Sendable, CustomStringConvertible {
  /// The kind of secret in a shape.
  enum Secrets: Sendable {
    /// Under a name that says so: any word.
    case named
    /// Between quotes: with spaces and marks, too.
    case quoted
    /// Recognized by its look: letters and digits.
    case token
    /// Behind a prefix that gives it away.
    case key
    /// Of capitals, hexadecimal digits, or of another fixed form.
    case exactly([String])
  }

  let template: String
  let secrets: Secrets

  var description: String { template }

  var samples: [String] {
    switch secrets {
    case .named:
      ["hunter2", "swordfishsalmon", "Zx9qLm4TbW2kVr7NcHd8", "q7!kZ#2w^Lp9*t", "Tr0ub4dor-3_xyz.77"]
    case .quoted:
      ["hunter2", "swordfishsalmon", "correct horse battery staple", "a7,b;c)d]e}f&g=h i", "k9@:/?#!~w z"]
    case .token: ["Zx9qLm4TbW2kVr7NcHd8", "dXNlcjpodW50ZXIyMTIz", "0f3a9b77c1de44528a6be0917c55d2f4"]
    case .key:
      [
        "Zx9qLm4TbW2kVr7NcHd8Pz3x", "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8",
        "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUiOp",
      ]
    case .exactly(let secrets): secrets
    }
  }

  func text(with secret: String) -> String { template.replacingOccurrences("§", with: secret) }
}

extension String {
  func replacingOccurrences(_ mark: Character, with text: String) -> String {
    split(separator: mark, omittingEmptySubsequences: false).joined(separator: text)
  }
}

extension SecretShape {
  static let all: [SecretShape] =
    named.map { SecretShape(template: $0, secrets: .named) }
    + quoted.map { SecretShape(template: $0, secrets: .quoted) }
    + tokens.map { SecretShape(template: $0, secrets: .token) }
    + keys.map { SecretShape(template: $0, secrets: .key) }
    + exact.map { SecretShape(template: $0.0, secrets: .exactly($0.1)) }

  private static let named = [
    // Names.
    "password=§", "password: §", "Password = §", "DB_PASSWORD=§", "db.password=§", "passwd: §", "PWD=§;",
    "passphrase=§", "client_secret=§", "secret: §", "api_key=§", "apiKey: §", "x-functions-key: §",
    "X-Api-Key: §", "X-Auth-Token: §", "PRIVATE-TOKEN: §", "Ocp-Apim-Subscription-Key: §",
    "access_token=§", "refreshToken=§", "AWS_SECRET_ACCESS_KEY=§",
    "AccountName=a;AccountKey=§;EndpointSuffix=x",
    "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=§", "client-key-data: §",
    "//registry.npmjs.org/:_auth=§", "//registry.npmjs.org/:_authToken=§",
    "//registry.npmjs.org/:_password=§",
    "identitytoken: §", "requirepass=§", "spring.datasource.password=§", "user[password]=§", "password2=§",
    "new_password_confirmation=§", "secret_key_base=§", "MYSQL_PASS=§", "db_pw=§", "PGPASSWORD=§ psql -h h",
    "pass=§", "config pass = §", "curl -d user=ann -d pass=§ h", "openssl req -passin pass:§ -key x.pem",
    "community=§", "snmp community string: §", "snmpget -v2c -c § h", "senha=§", "contrasena=§", "mdp=§",
    "contraseña=§", "Contraseña = §", "пароль=§", "密码=§", "口令=§", "FERNET_KEY=§", "heslo=§", "wachtwoord=§",
    "adgangskode=§", "salasana=§", "palavra-passe=§", "hasło=§", "パスワード=§", "비밀번호=§",
    "\u{1B}[31mpassword\u{1B}[0m=\u{1B}[1m§\u{1B}[0m", "\u{1B}[1;36mapi_key\u{1B}[39m: §", "password：§",
    "password＝§",
    "密码：'§'", "password\u{A0}=\u{A0}§", "pass\u{200B}word=§", "password\u{FEFF}: §", "ｐａｓｓｗｏｒｄ=§",
    "GET /reset?token=§ HTTP/1.1",
    // Dumps of structs.
    "{User:ann Password:§ Port:5432}", "&{Host:h Password:§}", "map[password:[§]]",
    "map[password:§ user:ann]",
    "Config(user=ann, password=§)", "Config { User = ann, Password = § }", "Config{password=§, user=ann}",
    "password=Optional[§]", "Credentials[username=ann, password=§]", "[password] => §", "password => §",
    "(password)=(§)", "password:=§", "  password = §;",
    // Values in several parts.
    "password: !!str §", "password: !secret §", "password: &main §", "password: |\n  §\nuser: ann",
    "password: |2-\n    §", "db:\n  password: >-\n    §\n  user: ann", "password: !vault |\n  §",
    "private_key: |\n  first line\n  §\n  last line",
    // Other joiners.
    "password -> §", "Map(password -> §, user -> ann)", "password........................§",
    "secret.....§", "Password . . . . . : §", "<entry key=\"db.password\">§</entry>",
    "Content-Disposition: form-data; name=\"password\"\r\n\r\n§\r\n--x",
    "Content-Disposition: form-data; name=\"api_key\"\r\nContent-Type: text/plain\r\n\r\n§\r\n--x",
    // Connection strings.
    "Server=db;Uid=a;Pwd=§;Port=1", "Driver={ODBC};UID=a;PWD=§", "host=h user=a password=§ dbname=d",
    "jdbc:mysql://h/d?user=a&password=§", "jdbc:sqlserver://h;user=a;password=§;encrypt=true",
    "redis-cli --pass § ping", "h:6379,password=§,ssl=True", "https://h/p?user=a&password=§&x=1",
    // Addresses.
    "postgres://app:§@db:5432/x", "redis://:§@cache:6379", "https://user:§@host.example.com/a",
    "amqp://u:§@h",
    "mongodb+srv://u:§@c.example.net/d", "smtp://u:§@mail.example.com:587", "app:§@tcp(db:3306)/orders",
    "app:§@unix(/tmp/mysql.sock)/orders", "app:§@/orders", "dsn=app:§@tcp(10.0.0.7:3306)/orders", "app:§@db",
    "app:§@10.0.0.7:5432", "app:§@[::1]:5432", "sqlplus scott/§@orcl", "connect scott/§@//h:1521/svc",
    "jdbc:oracle:thin:scott/§@h:1521:sid", "jdbc:oracle:thin:scott/§@//h:1521/svc",
    "expdp scott/§@orcl full=y",
    "localhost:5432:orders:app:§", "*:*:*:app:§",
    // Arguments of programs.
    "run --password § --verbose", "run --password=§ --verbose", "run -password § x", "app --api-key § run",
    "curl -u user:§ https://h", "curl --user user:§ https://h", "curl -uuser:§ https://h",
    "curl --proxy-user user:§ https://h", "mysql -u root -p§ orders", "mysqldump -p§ orders > x",
    "sshpass -p § ssh h", "docker login -u ann -p § r.example.com", "redis-cli -a § ping",
    "mongodump -u a -p § --db x", "ldapsearch -x -w § -b dc=x", "sqlcmd -S h -U sa -P § -Q x",
    "smbclient //h/s -U ann%§ -c ls", "plink -pw § h",
    // Statements and protocols.
    "CREATE USER u IDENTIFIED BY §", "machine h login ann password §", "USER ann\nPASS §",
    "password is §", "the password was §", "password set to §", "the password was changed to §",
    "API key provided: §", "Incorrect API key provided: §.", "invalid api key: §", "api key: §",
    "access key: §",
    "secret key: §", "access token: §", "client secret: §",
    #"net use \\h\share § /user:ann"#, #"net use X: \\h\share /user:dom\ann §"#, "net user ann § /add",
    "htpasswd -b -c file ann §", "htpasswd -nb ann §", "lftp -u ann,§ ftp://h",
    "openssl enc -aes-256-cbc -k § -in x", "requirepass §", "masterauth §",
    "keystore was loaded; storepass §",
    "a001 LOGIN ann@example.com §", "ACL SETUSER ann on >§ ~* +@all",
    "*2\r\n$4\r\nAUTH\r\n$19\r\n§\r\n", "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$19\r\n§\r\n",
    "ConvertTo-SecureString § -AsPlainText", "Invalid URL: https//ann:§@h.example.com/x",
    // Markup.
    "<password>§</password>", "<wsse:Password Type=\"x#PasswordText\">§</wsse:Password>",
    "<c><user>ann</user><apiKey>§</apiKey></c>", "<key>password</key><string>§</string>",
    "<property name=\"password\">§</property>", "<Password><![CDATA[§]]></Password>",
    // Headers.
    "Authorization: §", "Authorization: Bearer §", "Proxy-Authorization: Basic §", "Authorization: Token §",
    "Authorization: Bot §", "Authorization: ApiKey §",
    "Authorization: Digest username=\"ann\", realm=\"r\", response=\"§\", uri=\"/\"",
    "Authorization: Digest username=\"ann\", nonce=\"§\", qop=auth",
    "Authorization: OAuth oauth_token=\"§\", oauth_version=\"1.0\"",
    "Authorization: AWS4-HMAC-SHA256 Credential=A/B, SignedHeaders=host, Signature=§",
    "Authorization: SharedKey acct:§",
    "Cookie: sid=§", "Cookie: a=1; session=§; b=2", "Set-Cookie: sid=§; Path=/; HttpOnly",
    "Authorization:[Bearer §]", "map[Authorization:[Bearer §] Accept:[*/*]]", "authorization=[Basic §]",
  ]

  private static let quoted = [
    #"{"password":"§","id":1}"#, #"{ "api_key" : "§" }"#, "{'password': '§', 'user': 'ann'}",
    "{'token_secret': b'§'}",
    "password='§'", #"password="§""#, #"password: "§""#, #"password: Optional("§")"#,
    #"password: Optional(Optional("§"))"#,
    #"Config(user: "ann", password: Optional("§"), port: 1)"#,
    #"Credentials { user: "ann", password: Some("§") }"#,
    #"password: Some(Secret("§")), port: 1"#, "password: Some(\n    \"§\",\n),", #"{"password"=>"§"}"#,
    #"{:password=>"§", :user=>"ann"}"#,
    #"["password" => "§", "user" => "ann"]"#, #"%{password: "§", user: "ann"}"#, #"'password' => '§',"#,
    #"["password"]=>\#n  string(7) "§""#, #"main.Config{User:"ann", Password:"§"}"#,
    #"Password: (string) (len=7) "§","#,
    #"Config(password='§')"#, #"password = Just "§""#, #"{password,"§"}"#, #"{password,<<"§">>}"#,
    #"password: @"§""#,
    #""client_secret": ["§", "b"]"#, #"{"auths":{"r":{"identitytoken":"§"}}}"#,
    #"{"name":"DB_PASSWORD","value":"§"}"#,
    "- name: DB_PASSWORD\n  value: '§'", #"<add key="Password" value="§"/>"#,
    #"<user name="ann" password="§"/>"#,
    #"<input name="password" type="text" value="§">"#, "CREATE USER u IDENTIFIED BY '§'",
    "ALTER USER u IDENTIFIED WITH mysql_native_password BY '§'", "IDENTIFIED BY PASSWORD '§'",
    "ALTER ROLE app WITH PASSWORD '§'",
    "SET PASSWORD = '§'", "SET PASSWORD FOR u = PASSWORD('§')",
    "UPDATE users SET password = '§' WHERE id = 1",
    "password is '§'", "password was \"§\"", "mysql -p'§' orders", "curl -u 'ann:§' https://h",
    "run --password '§' x",
    "Command '['mysql', '-p', 'x', '--password', '§']' failed", "on field 'password': rejected value ['§']",
    "Authorization: 'Bearer §'", "{'Authorization': 'Basic §', 'a': 1}", #"{"Authorization":["Bearer §"]}"#,
    #"{"headers":{"X-Api-Key":"§"}}"#, #"config["password"] = "§""#, "export SECRET_KEY=\"§\"",
    #"- password = "old" -> "§""#, #"+ master_password: "" => "§""#, #"~ password: 'old' → '§'"#,
    #"password = 0x5555deadbeef "§""#, #"{user = 0x55d0 "ann", password = 0x55d0a1 "§"}"#,
    "▿ password: Optional(\"§\")\n  - some: \"§\"", "▿ password: App.Password\n  - rawValue: \"§\"",
    #"password: !!str "§""#, #"{:password, "§"}"#, "define('DB_PASSWORD', '§');",
    "define( 'AUTH_SECRET', '§' );",
    #"p.setProperty("db.password", "§")"#, #"("password" -> "§")"#,
    #"Value "§" for property spring.datasource.password is invalid"#, "invalid value '§' for '--password'",
    "invalid value: \"§\" for the option api_key",
    "openai_api_key\n  Input should be valid [type=string_type, input_value='§', input_type=str]",
    "db.password\n  Value error, too weak [type=value_error, input_value='§', input_type=str]",
    #"<property name="db.password" value="§"/>"#, #"ConvertTo-SecureString "§" -AsPlainText -Force"#,
    "ConvertTo-SecureString -String '§' -AsPlainText",
    "INSERT INTO users (name, password) VALUES ('ann', '§')",
    "insert into u (`api_key`, `n`) values ('§', 1), ('§', 2)", "HTTPBasicAuth('ann', '§')",
    "requests.get(url, auth=('ann', '§'))", "mysqli_connect('db', 'root', '§', 'app')",
    "PDO->__construct('mysql:host=db', 'root', '§')", "DBI connect('database=x','root','§') failed",
    "requirepass \"§\"", "\"password\"\u{1B}[0m: \u{1B}[32m\"§\"\u{1B}[0m",
    #"{"pass":"§"}"#, #"Credentials { user: "ann", pass: "§" }"#, #"%any : PSK "§""#,
    #"{"contraseña": "§"}"#, "пароль: '§'", "mot de passe: '§'", #"{"senha":"§"}"#,
  ]

  private static let tokens = [
    "sent Bearer § to h", "Basic § was sent", "AUTH PLAIN §", "AUTH LOGIN §", "AUTHENTICATE PLAIN §",
    "Negotiate § x", "DPoP § x",
    "token=§", #""token": "§""#, "https://h/p?token=§&x=1", "https://h/api/f?code=§",
    "https://h/api/f?a=1&code=§&clientId=x",
    "session_id: §", "sid=§", "https://x.blob/y?sv=1&sig=§", "https://h/?X-Amz-Signature=§",
    "https://h/x?key=§", #"{"auth": "§"}"#,
    #"{"auths":{"https://index.docker.io/v1/":{"auth":"§"}}}"#, "key=§", "api key § is invalid",
    "API key '§' is not valid", "Invalid API key §",
    "access token § has expired", "the token § was revoked", "token is §", "password § is wrong", "jwt: §",
    "PHPSESSID=§",
    "['authorization', '§']", "https://§@github.com/o/r.git", "<token>§</token>",
    "Digest username=\"ann\", realm=\"r\", nonce=\"§\"", "AUTH default §",
  ]

  private static let keys = [
    "sk-§", "sk-proj-§", "sk-ant-api03-§", "sk_live_§", "rk_live_§", "whsec_§", "ghp_§", "gho_§",
    "github_pat_§", "glpat-§", "xoxb-§",
    "xapp-§", "AIza§", "ya29.§", "hf_§", "npm_§", "pypi-§", "SG.§", "dop_v1_§", "shpat_§", "hvs.§",
    "lin_api_§", "gsk_§", "xai-§", "pplx-§", "r8_§", "ntn_§",
    "GOCSPX-§", "dckr_pat_§", "glsa_§", "figd_§", "nvapi-§", "eyJ§", "eyJhbGciOiJIUzI1NiJ9.§.sig",
    "https://hooks.slack.com/services/T0/B0/§",
    "https://discord.com/api/webhooks/123456789/§", "https://discordapp.com/api/webhooks/1/§",
    "https://x.webhook.office.com/webhookb2/§/IncomingWebhook/a",
    "https://outlook.office.com/webhook/§", "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=§",
    "https://hooks.zapier.com/hooks/catch/1/§/", "https://open.feishu.cn/open-apis/bot/v2/hook/§",
    "https://oapi.dingtalk.com/robot/send?access_token=§",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=§", "https://chat.example.com/hooks/§",
    "https://maker.ifttt.com/trigger/x/with/key/§",
    "-----BEGIN PRIVATE KEY-----\n§\n-----END PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\n§\n§",
    "-----BEGIN OPENSSH PRIVATE KEY----- § -----END OPENSSH PRIVATE KEY-----",
    "§==\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n§\n-----END RSA PRIVATE KEY-----",
  ]

  /// A secret alone on the line below its name.
  static let lines = [
    "password=\n§", "api_key =\r\n§\r\nuser=ann", "Password:\n§", "passphrase:\n§\nLogin incorrect",
  ]

  /// Of letters, but longer than the words of most sentences.
  private static let long = ["correcthorsebattery", "swordfishsalmon"]

  private static let exact: [(String, [String])] = [
    ("id AKIA§", ["IOSFODNNSEVENEXA", "QWERTYUIOPASDFGH", "2E3R4T5Y6U7I8O9P"]),
    ("ASIA§ expired", ["QWERTYUIOPASDFGH"]),
    ("https://api.telegram.org/bot123456789:§/send", ["AAEabcdefghijklmnopqrstuvwxyz012345"]),
    ("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.§", ["ZnCjm1XVW7vRze4b7Cq4se7kKWs"]),
    ("gpg_passphrase=§", ["correct horse battery staple", "abandon ability able about above absent"]),
    ("seed phrase: §", ["abandon ability able about above absent", "legal winner thank"]),
    ("mnemonic: §", ["abandon ability able about above absent"]),
    ("login failed with password §", long), ("wrong password (§) for ann", long),
    ("credentials ann:§ were rejected", long + ["hunter2"]),
    ("invalid credentials: ann / §", long + ["hunter2"]),
    (#"["password", "§"]"#, long + ["hunter2"]), ("host=db password §", long),
    (#"{"pin":"§"}"#, ["84726", "1234"]), ("pin=§", ["847261"]),
    ("define('AUTH_SALT', '§');", ["v|8Q#kz!2m^x&9Lp@"]),
    ("password_salt=§", ["0f3a9b77c1de4452"]),
    ("sonar.login=§", ["3f9a1c77e0b24d58a6c1f0937be4d2aa99aabbcc"]),
    ("squ_§", ["3f9a1c77e0b24d58a6c1f0937be4d2aa99aabbcc"]), ("mot de passe: §", long + ["hunter2"]),
    ("contraseña: §", long + ["hunter2"]), ("пароль: §", long + ["hunter2"]),
    ("senha: §", long + ["hunter2"]),
    ("verification code: §", ["847261"]), ("your one-time code is §", ["847261"]),
    ("fernet: Invalid key b'§'", ["Zq8Jd0vYt1sXb5Lw+Rk/9mNcE2uHf7PoGiA4eT6iQhK="]),
    ("token gAAAAA§", ["Bk9fK2mQ7xLpR4vTz8WnB3yHc6Zq8Jd0vYt1sXb5Lw-Rk_9mNcE2uHf7PoGiA4eT6iQhK=="]),
    ("Twitch oauth:§ improperly formatted", ["9fk2mq7xlpr4vtz8wnb3yhc6"]),
    ("Dropbox sl.§ expired", ["9fK2mQ7xLpR4vTz8WnB3yHc6-9fK2mQ7xLpR4vTz8WnB3yHc69fK2mQ7xLpR4vTz8WnB3yHc6"]),
    (
      "sent § to h", ["YW5uOmh1bnRlcjI3", "YWRtaW46c3dvcmRmaXNoc2FsbW9u", "YWRtaW5pc3RyYXRvcjpodW50ZXIyMg=="]
    ),
    ("密码：§", long), ("AUTH ann §", long), ("AUTH §", long),
    ("AUTH LOGIN YXBw / §", ["Y29ycmVjdGhvcnNlYmF0dGVyeQ=="]), ("AUTH LOGIN\r\nYXBw\r\n§", ["c3dvcmRmaXNo"]),
    ("key-§", ["0f3a9b77c1de44528a6be0917c55d2f4"]), ("dapi§", ["0f3a9b77c1de44528a6be0917c55d2f4"]),
    ("https://h.example.com/x?code=§==", ["uJ8x0QzVbH2mPfLk3TgYcWn7RdSa1EoI5BvNqMjKhGyU4tXw9Zp6"]),
    ("AGE-SECRET-KEY-1§", ["QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3JN54KH"]),
  ]
}
