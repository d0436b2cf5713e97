import HealingServer
import Foundation
import Healing

/// The command line of `healing serve`: the path of the configuration, and values that override it.
struct ServeSettings: Sendable {
  /// Path of the configuration file; `nil` when there is no file.
  let config: String?
  private let ledger: String?
  /// Path of the ledger when neither an option nor the configuration has one.
  private let defaultLedger: String?
  private let allowsFUSE: Bool
  private let listen: ListenAddress?
  private let tokenFile: String?
  private let readTokenFile: String?
  private let environment: [String: String]

  /// - Throws: ``UsageError``.
  init(
    _ options: ParsedOptions, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    config = options.values["config"]
    ledger = options.values["ledger"]
    defaultLedger = options.ledger
    allowsFUSE = options.has("allow-fuse")
    tokenFile = options.values["token-file"]
    readTokenFile = options.values["read-token-file"]
    self.environment = environment
    listen = try options.values["listen"].map { text in
      guard let address = ListenAddress(text) else {
        throw UsageError("--listen \(text): allowed is ADDRESS:PORT, such as 127.0.0.1:8484 or [::1]:8484")
      }
      return address
    }
  }

  /// Reads the configuration file and applies the overrides of the command line.
  func load() throws -> ServeConfiguration {
    var configuration = try config.map { try ServeConfiguration(file: $0) } ?? ServeConfiguration()
    configuration.ledger = ledger ?? configuration.ledger ?? defaultLedger
    configuration.allowsFUSE = allowsFUSE || configuration.allowsFUSE
    configuration.listen = listen ?? configuration.listen
    configuration.tokenFile = tokenFile ?? configuration.tokenFile
    configuration.readTokenFile = readTokenFile ?? configuration.readTokenFile
    return configuration
  }

  func ledgerPath(_ configuration: ServeConfiguration) throws -> String {
    guard let path = configuration.ledger, !path.isEmpty else {
      throw UsageError("--ledger PATH is missing, and the configuration has no key 'ledger'")
    }
    return path
  }

  /// Reads the tokens. A configured file has precedence over the environment.
  func serverOptions(_ configuration: ServeConfiguration) throws -> ServerOptions {
    let write = try token(configuration.tokenFile, "HEALING_TOKEN")
    let read = try token(configuration.readTokenFile, "HEALING_READ_TOKEN")
    if let write, let read, write.text == read.text {
      throw UsageError(
        "\(write.source) and \(read.source) hold the same token, so a read-only client could write; create a different one"
      )
    }
    var options = ServerOptions(
      listen: configuration.listen, hosts: configuration.hosts, writeToken: write?.token,
      readToken: read?.token)
    options.transferBytes = configuration.transferBytes
    do {
      try options.check()
    } catch {
      throw UsageError(error.description)
    }
    return options
  }

  private func token(_ file: String?, _ variable: String) throws -> GivenToken? {
    if let file { return try TokenFile(path: file).read() }
    return try environment[variable].map { try GivenToken($0, from: variable) }
  }
}
