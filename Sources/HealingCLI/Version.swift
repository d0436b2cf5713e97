import Healing
import HealingSQLite

/// The version of this program: the only place that has it.
enum Version {
  static let current = "1.0.0"

  /// What a command records of its run in a ledger, shown by `v_processes`.
  static func identity(_ command: String) -> ProcessIdentity {
    ProcessIdentity(program: "healing \(command)", release: current)
  }
}
