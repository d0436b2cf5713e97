import Foundation

/// Programs and folders of a configuration that do not exist or are unusable. The daemon starts and logs them,
/// because they may be created later; `--check-config` fails.
struct MissingFiles {
  /// Findings, each with its key and the remedy.
  let findings: [String]

  init(_ configuration: ServeConfiguration) {
    var findings: [String] = []
    func require(_ program: String?, _ key: String) {
      guard let program, !FileManager.default.isProgram(program) else { return }
      let problem =
        FileManager.default.fileExists(atPath: program) ? "is not an executable file" : "does not exist"
      findings.append("\(key): \(program) \(problem); install it, or correct the path")
    }
    for (index, check) in configuration.checks.enumerated() {
      require(check.program, "checks[\(index)].command")
    }
    for (index, alert) in configuration.alerts.enumerated() {
      require(alert.program, "alerts[\(index)].command")
    }
    if let ledger = configuration.ledger {
      let folder = URL(fileURLWithPath: ledger).deletingLastPathComponent().path
      if !FileManager.default.isFolder(folder) {
        findings.append("ledger: the folder \(folder) does not exist; create it, or correct the path")
      } else if !FileManager.default.isWritableFile(atPath: folder) {
        findings.append(
          "ledger: the folder \(folder) cannot be written by this user; change its owner or mode")
      }
    }
    self.findings = findings
  }
}

extension FileManager {
  fileprivate func isFolder(_ path: String) -> Bool {
    var isFolder = ObjCBool(false)
    return fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  fileprivate func isProgram(_ path: String) -> Bool { !isFolder(path) && isExecutableFile(atPath: path) }
}
