import Foundation
import Healing
import HealingSQLite

/// A line that `healing ingest` reads: an event, or a row of `healing export`.
enum IngestLine {
  case event(IngestedEvent)
  case row(TransferRow, of: TransferTable, ledger: String?)
}

/// Turns lines into rows. Keeps the names of components, which most lines repeat.
struct IngestParser {
  private let detector = ErrorDetector()
  /// Components by the hash of their name, one a place.
  private var components: [(name: [UInt8], component: ComponentName)?] = Array(repeating: nil, count: 256)

  /// Hash of the first event without an id, which distinguishes the input from others with the same lines; `nil` before it.
  private var inputHash: UInt64?

  /// The ledger of the last row, which most rows repeat.
  private var lastLedger: (bytes: [UInt8], text: String)?

  /// How far in the future an event or a row may be: ids follow the times, and new rows come after the highest id.
  private static let longestLead = Duration.seconds(86_400)

  /// - Returns: `nil` for a blank line.
  /// - Throws: ``BadLine``.
  mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>?, number: Int, now: Timestamp) throws(BadLine)
    -> IngestLine?
  {
    guard let bytes else { throw BadLine("is longer than \(LineReader.longestLine) bytes") }
    if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return nil }
    var line = try JSONLine(bytes)
    guard let table = line.value("table") else {
      do throws(BadLine) {
        let event = try event(&line, bytes, number: number, now: now)
        guard line.isReadWhole else { throw BadLine("has an unknown field") }
        return .event(event)
      } catch {
        // A misspelt name explains what is missing.
        throw line.unknownField(known: Self.eventFields) ?? error
      }
    }
    return try row(&line, table, now)
  }

  private static let eventFields = [
    "at", "component", "operation", "ok", "duration_ms", "error", "request_id", "user_id", "id",
  ]

  // MARK: Events

  private mutating func event(
    _ line: inout JSONLine, _ bytes: UnsafeBufferPointer<UInt8>, number: Int, now: Timestamp
  ) throws(BadLine) -> IngestedEvent {
    let id: UInt64?
    switch line.value("id") {
    case .text(let range, let hasEscapes):
      guard !hasEscapes else {
        id = Self.hash(Array(try line.text(range, hasEscapes: true).utf8))
        break
      }
      id = Self.hash(line.slice(range))
    case .number(let range): id = Self.hash(line.slice(range))
    case nil, .null: id = nil
    default: throw BadLine("id must be a string or a number")
    }
    guard let time = line.value("at"), case .text(let range, false) = time,
      let at = ISO8601.parse(line.slice(range))
    else {
      throw BadLine("at must be an ISO-8601 time with its zone, such as \"2026-01-31T12:00:00Z\"")
    }
    guard at.microseconds >= 0, at - now <= Self.longestLead else {
      throw BadLine("at \(at) is before 1970 or more than a day in the future")
    }
    let component = try component(&line)
    let operation = try Self.optionalText(&line, "operation") ?? "reported"
    guard case .bool(let ok) = line.value("ok") else { throw BadLine("ok must be true or false") }
    var duration: Int64 = 0
    switch line.value("duration_ms") {
    case nil, .null: break
    case .number(let range):
      guard let micros = line.microseconds(range), (0...CallCounts.longestMicroseconds).contains(micros)
      else {
        throw BadLine("duration_ms must be 0 to \(CallCounts.longestMicroseconds / 1_000)")
      }
      duration = micros
    default: throw BadLine("duration_ms must be a number")
    }
    let evidence = try Self.evidence(&line)
    if ok && evidence != nil { throw BadLine("has ok true and an error") }
    let requestID = try Self.optionalText(&line, "request_id")
    let userID = try Self.optionalText(&line, "user_id")
    let hash: UInt64
    if let id {
      hash = Self.hash(at.microseconds, from: Self.hash(component.text.utf8, from: id))
    } else {
      let text = Self.hash(bytes)
      let input = inputHash ?? text
      inputHash = input
      hash = Self.hash(Int64(number), from: Self.hash(Int64(bitPattern: input), from: text))
    }
    var event = IngestedEvent(
      at: at, component: component, operation: operation, outcome: ok ? .success : .failure,
      duration: duration, hash: hash,
      requestID: requestID, userID: userID)
    if let evidence {
      let error = detector.detect(
        evidence, component: component, operation: operation, requestID: requestID, userID: userID)
      event.outcome = error.classification.callOutcome
      event.error = error
    }
    return event
  }

  private mutating func component(_ line: inout JSONLine) throws(BadLine) -> ComponentName {
    guard let value = line.value("component"), case .text(let range, let hasEscapes) = value else {
      throw BadLine("component must be a string")
    }
    let bytes = line.slice(range)
    let place = Int(truncatingIfNeeded: Self.hash(bytes) % UInt64(components.count))
    if !hasEscapes, let known = components[place], bytes.elementsEqual(known.name) { return known.component }
    let text = try line.text(range, hasEscapes: hasEscapes)
    do {
      let name = try ComponentName(validating: text)
      if !hasEscapes { components[place] = (Array(bytes), name) }
      return name
    } catch {
      throw BadLine("component: \(error)")
    }
  }

  private static func optionalText(_ line: inout JSONLine, _ name: String) throws(BadLine) -> String? {
    switch line.value(name) {
    case nil, .null: return nil
    case .text(let range, let hasEscapes): return try line.text(range, hasEscapes: hasEscapes)
    default: throw BadLine("\(name) must be a string")
    }
  }

  private static func evidence(_ line: inout JSONLine) throws(BadLine) -> ErrorEvidence? {
    switch line.value("error") {
    case nil, .null: return nil
    case .text(let range, let hasEscapes):
      return ErrorEvidence(message: try line.text(range, hasEscapes: hasEscapes))
    case .nested(let range):
      let decoded = line.decoded(DetectInput.self, range)
      if let unknown = decoded?.unknown {
        throw BadLine("error: \(BadLine(unknown: unknown, known: DetectInput.fields).problem)")
      }
      guard let input = decoded,
        input.type != nil || input.message != nil || input.code != nil
      else {
        throw BadLine("error must be an object with \"type\", \"message\" or \"code\", each a string")
      }
      return ErrorEvidence(type: input.type ?? "", message: input.message ?? "", code: input.code?.text)
    default: throw BadLine("error must be an object or a string")
    }
  }

  // MARK: Rows

  private mutating func row(_ line: inout JSONLine, _ value: JSONLine.Value, _ now: Timestamp)
    throws(BadLine) -> IngestLine
  {
    guard case .text(let range, let hasEscapes) = value else { throw BadLine("table must be a string") }
    let name = try line.text(range, hasEscapes: hasEscapes)
    guard let table = TransferTable.named(name) else {
      throw BadLine("has the unknown table \"\(name.prefix(40))\"")
    }
    let ledger = try ledger(&line)
    var values: [TransferValue] = []
    values.reserveCapacity(table.columns.count)
    do throws(BadLine) {
      for column in table.columns { values.append(try Self.value(&line, column)) }
      guard line.isReadWhole else { throw BadLine("has an unknown field") }
      try Self.checkLead(values, of: table, now)
    } catch {
      throw line.unknownField(known: ["table", "ledger"] + table.columns.map(\.name)) ?? error
    }
    return .row(TransferRow(values: values), of: table, ledger: ledger)
  }

  private mutating func ledger(_ line: inout JSONLine) throws(BadLine) -> String? {
    guard let value = line.value("ledger") else { return nil }
    guard case .text(let range, false) = value else {
      throw BadLine("ledger must be the identity of a ledger: 32 hexadecimal digits")
    }
    let bytes = line.slice(range)
    if let lastLedger, bytes.elementsEqual(lastLedger.bytes) { return lastLedger.text }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
    guard bytes.count == 32, bytes.allSatisfy({ digits.contains($0) || letters.contains($0 | 0x20) }) else {
      throw BadLine("ledger must be the identity of a ledger: 32 hexadecimal digits")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    lastLedger = (Array(bytes), text)
    return text
  }

  /// Rejects a row whose time or id is before 1970 or too far in the future: new rows come after the highest id.
  private static func checkLead(_ values: [TransferValue], of table: TransferTable, _ now: Timestamp)
    throws(BadLine)
  {
    let latest = now + longestLead
    for (column, value) in zip(table.columns, values) {
      guard case .integer(let number) = value else { continue }
      switch column.name {
      case "timestamp", "minute", "bucket":
        guard number >= 0, number <= latest.microseconds else {
          throw BadLine(
            "\(column.name) \(Timestamp(microseconds: number)) is before 1970 or more than a day in the future"
          )
        }
      case "id":
        guard number < LedgerIDGenerator.limit.rawValue else {
          throw BadLine("has an id that no ledger gives")
        }
        guard number <= LedgerIDGenerator.highest(at: latest).rawValue else {
          throw BadLine("has an id that a clock more than a day in the future gave")
        }
      default: continue
      }
    }
  }

  private static func value(_ line: inout JSONLine, _ column: TransferColumn) throws(BadLine) -> TransferValue
  {
    let name = column.name
    guard let value = line.value(name) else {
      guard column.isOptional else { throw BadLine("has no \"\(name)\"") }
      return .null
    }
    if case .null = value {
      guard column.isOptional else { throw BadLine("\(name) must not be null") }
      return .null
    }
    switch (column.kind, value) {
    case (.id, .text(let range, false)):
      guard let id = LedgerID(String(decoding: line.slice(range), as: UTF8.self)) else {
        throw BadLine("\(name) must be a ledger id, as a string of digits")
      }
      return .integer(id.rawValue)
    case (.time, .text(let range, false)):
      guard let time = ISO8601.parse(line.slice(range)) else {
        throw BadLine("\(name) must be an ISO-8601 time")
      }
      return .integer(time.microseconds)
    case (.component, .text(let range, let hasEscapes)):
      let text = try line.text(range, hasEscapes: hasEscapes)
      guard ComponentName.isValid(text) else { throw BadLine("component is not a valid name") }
      return .text(text)
    case (.text, .text(let range, let hasEscapes)), (.plain, .text(let range, let hasEscapes)),
      (.json, .text(let range, let hasEscapes)):
      return .text(try line.text(range, hasEscapes: hasEscapes))
    case (.word(let words), .text(let range, let hasEscapes)):
      let word = try line.text(range, hasEscapes: hasEscapes)
      guard let code = words.firstIndex(of: word) else {
        throw BadLine("\(name) \"\(word.prefix(40))\": allowed are \(words.joined(separator: ", "))")
      }
      return .integer(Int64(code))
    case (.flag, .bool(let flag)): return .integer(flag ? 1 : 0)
    case (.count, .number(let range)):
      guard let count = line.integer(range), (0...CallCounts.largestCount).contains(count) else {
        throw BadLine("\(name) must be a whole number from 0 to \(CallCounts.largestCount)")
      }
      return .integer(count)
    case (.integer, .number(let range)):
      guard let number = line.integer(range), (-1...CallCounts.largestCount).contains(number) else {
        throw BadLine("\(name) must be a whole number")
      }
      return .integer(number)
    case (.real, .number(let range)):
      guard let number = line.double(range), (0...1).contains(number) else {
        throw BadLine("\(name) must be 0 to 1")
      }
      return .real(number)
    case (.milliseconds, .number(let range)):
      guard let micros = line.microseconds(range), micros >= 0 else {
        throw BadLine("\(name) must be a number of milliseconds")
      }
      return .integer(micros)
    case (.object, .nested(let range)):
      guard let object = line.decoded([String: String].self, range) else {
        throw BadLine("\(name) must be an object of strings")
      }
      return object.isEmpty ? .null : .text(encoded(Redactor.redact(object)))
    case (.list, .nested(let range)):
      guard let list = line.decoded([String].self, range) else {
        throw BadLine("\(name) must be an array of strings")
      }
      return .text(encoded(list.map { Redactor.redact($0) }))
    case (.counts, .nested(let range)):
      guard let counts = line.decoded([Int64].self, range), counts.count == 6,
        counts.allSatisfy({ (0...CallCounts.largestCount).contains($0) })
      else { throw BadLine("\(name) must be an array of six counts") }
      return .text("[\(counts.map(String.init).joined(separator: ","))]")
    default: throw BadLine("\(name) has a value of another type")
    }
  }

  /// Encodes as the ledger's writer does.
  private static func encoded(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }

  // MARK: Hashes

  /// FNV-1a (64 bits), here so that the compiler can specialise it.
  private static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64 = 0xCBF2_9CE4_8422_2325)
    -> UInt64
  {
    var hash = start
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }

  private static func hash(_ number: Int64, from start: UInt64) -> UInt64 {
    withUnsafeBytes(of: number.littleEndian) { hash($0, from: start) }
  }
}
