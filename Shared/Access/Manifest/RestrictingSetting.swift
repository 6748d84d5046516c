/// The engine's parameters that the manifest may set: each only limits what sessions use, or adds to the log.
///
/// The engine's superuser sets most of them. Any other parameter on an account or on the database stays a deviation.
package enum RestrictingSetting: String, Sendable, Hashable, CaseIterable {
  case temporaryFiles = "temp_file_limit"
  case lockTimeout = "lock_timeout"
  case idleSessionTimeout = "idle_session_timeout"
  case statementLog = "log_statement"
  case slowStatementLog = "log_min_duration_statement"

  /// Why `value` is no restriction; nil where it is one.
  func problem(with value: String) -> String? {
    let isLifted: Bool =
      switch self {
      case .temporaryFiles, .slowStatementLog: value.hasPrefix("-")
      case .lockTimeout, .idleSessionTimeout:
        !value.contains { ("1"..."9").contains($0) } || value.hasPrefix("-")
      case .statementLog: value == "none"
      }
    if isLifted { return "'\(rawValue)' with the value '\(value)' restricts nothing: remove it" }
    let isPlain = value.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
    }
    return isPlain ? nil : "the value of '\(rawValue)' may contain only letters and digits"
  }
}
