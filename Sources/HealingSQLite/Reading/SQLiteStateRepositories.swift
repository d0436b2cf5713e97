import Healing
import HealingLedger
import HealingQueries

struct SQLiteBreakerRepository: BreakerRepository {
  let reader: ReaderPool

  func all() async throws(LedgerError) -> [BreakerSnapshot] {
    try await reader.read("the breakers", of: .state) { connection throws(SQLiteError) in
      try BreakerTable.all(connection)
    }
  }

  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await reader.read("a breaker", of: .state) { connection throws(SQLiteError) in
      try BreakerTable.find(component, connection)
    }
  }

  func unusual() async throws(LedgerError) -> [BreakerSnapshot] {
    try await reader.read("the breakers", of: .state) { connection throws(SQLiteError) in
      try BreakerTable.unusual(connection)
    }
  }

  func names() async throws(LedgerError) -> Set<ComponentName> {
    try await reader.readCached("the breakers", key: "names") { connection throws(SQLiteError) in
      try BreakerTable.names(connection)
    }
  }

  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
  {
    try await reader.recent(
      BreakerTable.selectTransitions, table: "t", component: component, limit: limit,
      what: "the last transitions"
    ) {
      BreakerTable.decodeTransition($0)
    }
  }

  func transitions(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
  {
    try await reader.recent(
      BreakerTable.selectTransitions, of: "breaker_transition", table: "t", range, component: component,
      limit: limit, what: "the last transitions"
    ) {
      BreakerTable.decodeTransition($0)
    }
  }
}

struct SQLiteHealthSampleRepository: HealthSampleRepository {
  let reader: ReaderPool

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthSample] {
    guard let component else {
      return try await reader.recent(
        SampleTable.select, table: "h", component: nil, limit: limit, what: "the last samples"
      ) {
        SampleTable.decode($0)
      }
    }
    return try await reader.read("the last samples") { connection throws(SQLiteError) in
      try connection.rows(SampleTable.selectLastOfOne) {
        $0.bind(1, limit)
        $0.bind(2, component.text)
        $0.bind(3, SampleTable.walkedRows)
      } _: {
        SampleTable.decode($0)
      }.reversed()
    }
  }

  func rates(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentRates] {
    try await reader.read("the components' rates", of: range == .all ? .state : .history) {
      connection throws(SQLiteError) in
      try ReportQuery.componentRates.run(on: connection, range, component)
    }
  }

  func windows(component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket] {
    guard let component else {
      return try await reader.readCached("the health windows") { connection throws(SQLiteError) in
        try connection.rows(HealthWindowTable.select + HealthWindowTable.inOrder, HealthWindowTable.decode)
      }
    }
    return try await reader.read("a health window", of: .state) { connection throws(SQLiteError) in
      try connection.rows(
        HealthWindowTable.select + " WHERE c.name = ?" + HealthWindowTable.inOrder,
        bind: { $0.bind(1, component.text) }, HealthWindowTable.decode)
    }
  }

  func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
  {
    guard component == nil else {
      return try await windows(component: component).filter { $0.start >= since }
    }
    // Rounds down to whole buckets, so that the result can be cached.
    let start = since.microseconds / RollupAccumulator.windowBucket * RollupAccumulator.windowBucket
    let recent = try await reader.readCached("the health windows", key: "\(start)") {
      connection throws(SQLiteError) in
      try connection.rows(
        HealthWindowTable.select + " WHERE w.bucket_at >= ?" + HealthWindowTable.inOrder,
        bind: { $0.bind(1, start) }, HealthWindowTable.decode)
    }
    return recent.filter { $0.start >= since }
  }
}

struct SQLiteComponentRepository: ComponentRepository {
  let reader: ReaderPool

  func all() async throws(LedgerError) -> [ComponentRecord] {
    try await reader.readCached("the components") { connection throws(SQLiteError) in
      try connection.rows(
        ComponentTable.select + " WHERE " + ComponentTable.isKnown(connection) + " ORDER BY c.name",
        ComponentTable.decode)
    }
  }

  func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord? {
    try await reader.read("a component", of: .state) { connection throws(SQLiteError) in
      try connection.rows(
        ComponentTable.select + " WHERE c.name = ? AND " + ComponentTable.isKnown(connection),
        bind: { $0.bind(1, name.text) }, ComponentTable.decode
      ).first
    }
  }
}

struct SQLiteProcessRepository: ProcessRepository {
  let reader: ReaderPool

  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord] {
    try await reader.read("the last runs") { connection throws(SQLiteError) in
      try connection.rows(
        ProcessTable.select + " ORDER BY id DESC LIMIT ?", bind: { $0.bind(1, limit) }, ProcessTable.decode
      ).reversed()
    }
  }
}
