/// Output format of tables.
enum OutputFormat: String, CaseIterable {
  /// For people.
  case table
  /// For programs: an array of objects, keys as in the query's columns.
  case json
  /// For spreadsheets: RFC 4180 with a header line.
  case csv
  /// For programs that read line by line: an object a line. Only of commands whose rows are events.
  case ndjson

  /// The formats of every table.
  static let standard: [OutputFormat] = [.table, .json, .csv]
}
