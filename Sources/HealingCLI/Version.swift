import Healing
import HealingSQLite

/// The version of this program. Defined only here.
enum Version {
  static let current = "1.0.0-dev"

  /// Returns the identity that a command records in a ledger, shown by `v_processes`.
  static func identity(_ command: String) -> ProcessIdentity {
    ProcessIdentity(program: "healing \(command)", release: current)
  }
}
