import Foundation

/// A program could not be started.
package struct SpawnError: Error, CustomStringConvertible {
  let program: String
  /// An `errno` value.
  let code: Int32

  package var description: String { "cannot start \(program): \(String(cString: strerror(code)))" }
}
