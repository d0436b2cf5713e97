import Healing
import CHealingPopt
import Foundation

/// Parses a command's options with libpopt.
struct OptionParser {
  private let command: String
  private let arguments: String
  private let options: [Option]

  init(command: String, arguments: String, options: [Option]) {
    self.command = command
    self.arguments = arguments
    self.options = options + [Option(name: "help", value: nil, help: "show this help")]
  }

  /// - Throws: ``UsageError`` that names the invalid option.
  func parse(_ words: [String]) throws -> ParsedOptions {
    try withContext(words) { context in
      var values: [String: String] = [:]
      while true {
        let code = poptGetNextOpt(context)
        if code == -1 { break }
        guard code > 0 else { throw error(code, context) }
        let option = options[Int(code) - 1]
        if values[option.name] != nil { throw UsageError("--\(option.name) is given twice") }
        if option.value != nil {
          let value = poptGetOptArg(context)
          values[option.name] = value.map { String(cString: $0) } ?? ""
          free(value)
        } else {
          values[option.name] = ""
        }
      }
      var rest: [String] = []
      while let word = poptGetArg(context) { rest.append(String(cString: word)) }
      return ParsedOptions(command: command, values: values, positional: rest)
    }
  }

  private func error(_ code: Int32, _ context: poptContext?) -> UsageError {
    let bad = poptBadOption(context, 0).map { String(cString: $0) } ?? "?"
    guard code == POPT_ERROR_BADOPT else {
      return UsageError("\(bad): \(String(cString: poptStrerror(code))); see '\(command) --help'")
    }
    let word = String(bad.drop { $0 == "-" }.prefix { $0 != "=" })
    let hint = Spelling.nearest(to: word, among: options.map(\.name)).map { "did you mean --\($0)?" }
    return UsageError("there is no option \(bad); \(hint ?? "see '\(command) --help'")")
  }

  /// Usage and options in libpopt's format.
  var help: String {
    (try? withContext([]) { context in
      poptSetOtherOptionHelp(context, "[OPTION...]\(arguments.isEmpty ? "" : " " + arguments)")
      var text: UnsafeMutablePointer<CChar>?
      var size = 0
      guard let stream = open_memstream(&text, &size) else { return "" }
      poptPrintHelp(context, stream, 0)
      fclose(stream)
      defer { free(text) }
      return text.map { String(cString: $0) } ?? ""
    }) ?? ""
  }

  /// Builds libpopt's table and context, and frees them after `body`.
  private func withContext<Value>(_ words: [String], _ body: (poptContext?) throws -> Value) throws -> Value {
    var owned: [UnsafeMutablePointer<CChar>?] = []
    defer { owned.forEach { free($0) } }
    func copy(_ text: String) -> UnsafePointer<CChar>? {
      owned.append(strdup(text))
      return owned.last.flatMap { $0 }.map { UnsafePointer($0) }
    }
    var table = options.enumerated().map { index, option in
      poptOption(
        longName: copy(option.name), shortName: option.name == "help" ? CChar(UInt8(ascii: "h")) : 0,
        argInfo: UInt32(option.value == nil ? POPT_ARG_NONE : POPT_ARG_STRING), arg: nil,
        val: Int32(index + 1), descrip: copy(option.help), argDescrip: option.value.flatMap(copy))
    }
    table.append(poptOption())
    var argv = ([command] + words).map { copy($0) }
    argv.append(nil)
    return try table.withUnsafeBufferPointer { table in
      try argv.withUnsafeMutableBufferPointer { argv in
        let context = poptGetContext(command, Int32(words.count + 1), argv.baseAddress, table.baseAddress, 0)
        defer { poptFreeContext(context) }
        return try body(context)
      }
    }
  }
}
