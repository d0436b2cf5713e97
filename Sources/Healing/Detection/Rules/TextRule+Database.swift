extension TextRule {
  /// The database's own failures, its locks, pools and lost servers included.
  static let database: [TextRule] = [
    TextRule(
      "lock", .database, 95, transient: true,
      [
        "deadlock|deadlocks|deadlocked", "lock wait|waits timeout|timed|exceeded|time", "lock timeout",
        "lock request time|timed", "lock not available", "database|table|schema|row is locked",
        "database locked", "sqlite busy|locked", "SQLite busy|locked", "due to lock",
        "conflict with recovery",
        "serialization failure|failures|error", "serialize access",
        "write|update|transaction conflict|conflicts", "concurrent update|updates",
        "restarting|retry|retrying transaction", "retry the transaction",
        "transaction * conflict|conflicted|contention", "updated or deleted by another",
        "optimistic lock|locking", "stale object state", "resource busy and acquire",
        "transient transaction", "ora 00060|08177|00054",
      ] + cannot("obtain|acquire * lock") + cannot("serialize")),
    TextRule(
      "pool", .database, 95, transient: true,
      [
        "too many connections|clients",
        "max|maximum client|clients|connections|connection|sessions * reached|exceeded", "max connections",
        "connection slots", "connections are reserved", "connection limit exceeded|reached",
        "pool limit of", "pool|pools exhausted|full|timeout|overflow",
        "connection pool * exhausted|full|timeout|timed|limit|empty",
        "pool is|was|has|been exhausted|full|empty|drained", "from the pool", "from connection pool",
        "acquire|acquiring|get|getting|obtain|obtaining|checkout|fetching * connection from",
        "timeout * acquiring", "acquiring * connection", "connection is? not available",
        "dropped from queue", "waiting for * available|free|idle connection", "no connections available",
        "no available connections", "sorry too many", "max user connections",
        "ora 00018|00020|12519|12520|12516", "hikari pool", "queue pool",
      ]),
    TextRule(
      "server_lost", .database, 92, transient: true,
      [
        "server has gone", "gone away",
        "lost connection to|during|with * server|query|mysql|database|backend",
        "server closed the connection", "terminating connection", "administrator command",
        "database system is", "database|server|instance|cluster is? starting|shutting up|down",
        "in recovery mode", "not accepting connections|commands", "crash of another",
        "not a? master|primary", "not in primary|recovering", "not in primary or", "no longer primary",
        "stepped down", "no primary", "interrupted at shutdown", "loading * dataset", "cluster is? down",
        "clusterdown|masterdown", "ssl connection has been closed", "is dead or",
        "ora 03113|03114|03135|01033|01034|01089|12514|12528",
        "database|db server? is? unavailable|unreachable|down|offline",
        "database|db server? is not available|reachable",
        "database|db connection failed|error|lost|closed|failure|refused", "no more data to read",
        "sending to the backend", "invalid|bad connection", "connection|cursor already closed",
        "closed database|db|pool", "communications link failure", "replica set * no|primary|unavailable",
      ]),
    TextRule(
      "unreachable", .database, 80, transient: true,
      [
        "reach|contact * database", "connect to * database|mysql|postgres|postgresql|mongodb|redis",
        "connection to * database|db|mysql|postgres * failed|lost|closed",
      ]),
    TextRule(
      "corrupt", .database, 94, transient: false, severity: .critical,
      [
        "disk image is malformed", "database * malformed|corrupt|corrupted",
        "file|index|table|page|block|wal|segment is|was? corrupt|corrupted|damaged",
        "corrupt|corrupted|damaged database|index|page|table|record|wal|block", "not a database",
        "invalid page in", "marked as crashed", "incorrect key file", "could not read block",
        "checksum mismatch|failure", "index|data|database corruption", "missing chunk number",
      ]),
    TextRule(
      "constraint", .database, 86, transient: false,
      [
        "duplicate key|entry|row|record|value", "constraint failed|violation|violations|violated",
        "violates * constraint|policy", "violation of * constraint|key",
        "unique|foreign|check|primary|integrity|referential|null constraint|violation",
        "unique|foreign|primary key constraint|violation|conflict", "integrity error",
        "uniqueness violation", "dup key", "e11000", "column * cannot be null", "null value in",
        "cannot add or update", "cannot delete or update", "data too long", "value too long for",
        "ora 00001|02291|02292|01400|12899|01438", "still referenced", "row level security",
      ]),
    TextRule(
      "statement", .database, 84, transient: false,
      [
        "relation|table|column|database|schema|view|role|index|type|function * does not exist",
        "collection|keyspace|sequence|trigger|constraint * does not exist",
        "procedure|tablespace|extension|cursor|operator|statement * does not exist",
        "relation|table|column|database|schema|view|index|role|collection * doesn't exist",
        "relation|table|column|database|schema|view * already exists",
        "index|type|constraint|collection|statement|sequence|role * already exists",
        "no such table|column|collection|index|savepoint", "unknown column|table|database|collation",
        "undefined table|column",
        "invalid|ambiguous|duplicate column|object|table|relation name|reference?", "already an object",
        "column * not found|unknown|ambiguous", "column name * found",
        "table|collection|view or view? not found",
        "sql syntax|statement|logic|error|compilation|query|execution", "syntax error at or near",
        "syntax error near", "syntax error or access", "in your sql", "invalid input syntax",
        "prepared statement", "bind message|parameter", "identifier is too long", "result set", "resultset",
        "transaction is|was aborted|rolled|closed|marked|read", "current transaction",
        "no active transaction", "no such savepoint", "rollback only", "cannot execute * transaction",
        "read only transaction|replica", "base table or view",
        "cannot drop|truncate|alter table|column|database|schema|index|view|type", "other objects depend",
        "database file", "unable to open database", "database|data exception",
        "query|statement failed|error|failure|exception", "unknown operator", "matching query does not exist",
        "find the? table|column|relation|collection", "schema cache",
        "aggregation|aggregate pipeline|stage|function", "missing from clause", "must appear in the group",
        "wrongtype", "misconf", "noscript", "busygroup", "crossslot", "readonly you",
        "migration|migrations failed|error|pending|dirty", "migration * not applied",
        "open relation|index", "snapshot too old",
        "unapplied|pending|failed|dirty migration|migrations", "packet bigger than", "unconfigured table",
        "closed statement|cursor|resultset",
      ]),
    TextRule(
      "driver", .database, 74, transient: false,
      [
        "sql server exception", "psycopg2|psycopg errors|programming|integrity|data", "mysql cj",
        "pymysql err", "sqlalchemy exc", "psql exception", "postgrex error", "mysql2 error",
        "sqlite3 exception|integrity", "sql|SQL exception", "sql|SQL statement invalid",
        "statement invalid",
      ]),
    TextRule(
      "code", .database, 60, transient: false,
      [
        "ora", "sqlstate", "sql exception", "unrecognized token",
      ]),
    TextRule(
      "hint", .database, 38, transient: false,
      [
        "sql|mysql|my|postgres|postgresql|psql|psycopg2|psycopg|pymysql|sqlite|sqlite3|SQLite|sqlalchemy",
        "mariadb|mongo|mongodb|redis|jdbc|hibernate|ecto|postgrex|prisma|sequelize|cassandra|oracle|pg",
        "operational|programming|interface|database error", "database|db|transaction|cursor",
      ]),
  ]
}
