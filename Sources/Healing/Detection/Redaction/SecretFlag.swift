/// A flag whose argument is a secret although the flag's name does not say so: `mysql -pPW`, `curl -u user:pw`.
struct SecretFlag {
  enum Argument {
    /// In the same word: `-pPW`.
    case attached
    /// The next word: `-pw PW`.
    case next
    /// Either.
    case either
    /// Either, as `user:pw` or `user%pw`.
    case userPassword
    /// Either, as `user,pw`.
    case userCommaPassword
  }

  let flag: StaticString
  let argument: Argument

  /// Flags by commands; commands are in lower case. The first row is for `docker login`, `az login` and other
  /// programs with a login subcommand.
  static let table: [(commands: [StaticString], flags: [SecretFlag])] = [
    ([], [SecretFlag(flag: "-p", argument: .either)]),
    (
      [
        "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlcheck", "mysqlslap", "mariadb",
        "mariadb-dump", "7z", "7za",
      ], [SecretFlag(flag: "-p", argument: .attached)]
    ),
    (
      [
        "sshpass", "mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport",
        "rabbitmqadmin",
      ], [SecretFlag(flag: "-p", argument: .either)]
    ),
    (["redis-cli", "valkey-cli"], [SecretFlag(flag: "-a", argument: .either)]),
    (
      ["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd"],
      [SecretFlag(flag: "-w", argument: .either)]
    ),
    (
      [
        "sqlcmd", "bcp", "isql", "tsql", "osql", "zip", "unzip", "ipmitool", "mosquitto_pub", "mosquitto_sub",
      ],
      [SecretFlag(flag: "-P", argument: .either)]
    ),
    (
      ["rar", "unrar"],
      [SecretFlag(flag: "-hp", argument: .attached), SecretFlag(flag: "-p", argument: .attached)]
    ),
    (["plink", "pscp", "psftp", "putty"], [SecretFlag(flag: "-pw", argument: .next)]),
    (
      ["snmpget", "snmpset", "snmpwalk", "snmpbulkwalk"],
      [
        SecretFlag(flag: "-c", argument: .next), SecretFlag(flag: "-A", argument: .either),
        SecretFlag(flag: "-X", argument: .either),
      ]
    ),
    (
      ["curl"],
      [
        SecretFlag(flag: "-u", argument: .userPassword), SecretFlag(flag: "--user", argument: .userPassword),
        SecretFlag(flag: "-U", argument: .userPassword),
        SecretFlag(flag: "--proxy-user", argument: .userPassword),
      ]
    ),
    (["lftp"], [SecretFlag(flag: "-u", argument: .userCommaPassword)]),
    (["openssl"], [SecretFlag(flag: "-k", argument: .next), SecretFlag(flag: "-K", argument: .next)]),
    (
      ["smbclient", "rpcclient", "smbget"],
      [SecretFlag(flag: "-U", argument: .userPassword), SecretFlag(flag: "--user", argument: .userPassword)]
    ),
  ]
}
