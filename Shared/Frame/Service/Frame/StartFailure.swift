import Runtime

/// Why a service did not start; each tells its exit code.
enum StartFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// A setting names something that cannot be used: an account with too much power, a key file that holds none.
  case configuration(String)
  /// The world is not as it must be: the database cannot be reached, its schema is another one.
  case refused(String)
  /// The schema went ahead of what this program can live with: no waiting brings it back.
  case superseded(String)

  var exitCode: ExitCode {
    switch self {
    case .configuration: .configuration
    case .refused, .superseded: .failure
    }
  }

  var description: String {
    switch self {
    case .configuration(let reason), .refused(let reason), .superseded(let reason): reason
    }
  }
}
