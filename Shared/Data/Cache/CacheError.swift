/// Why a cache command gave no reply.
///
/// Only the low-level ``CacheConnection`` throws it; ``Cache`` turns every case into "no value".
package enum CacheError: Error, Sendable, Hashable {
  /// The engine refused the command to this account (`NOPERM`).
  case permissionDenied(CacheDenial)
  /// The engine refused the account itself (`WRONGPASS`, `NOAUTH`).
  case authenticationFailed(account: String)
  /// The server could not be reached, or not in time.
  case unreachable(String)
  /// The server's certificate was refused: it is another server's, has expired, or is vouched for by nobody we trust.
  case untrustedServer(String)
  /// There is no encrypted connection for another reason; it is never done without instead.
  case encryptionFailed(String)
  /// The connection broke while the command was waiting; whether it was carried out is not known.
  case connectionLost(String)
  /// No reply came in time; whether the command was carried out is not known.
  case deadlineExceeded
  /// Too many commands, or too many bytes, are waiting already.
  case queueFull
  /// The reply is larger than ``RedisLimits`` admits.
  case replyTooLarge
  /// The server answered something that is not the protocol.
  case protocolViolation(String)
  /// The engine answered with an error: `code` is its first word, for example `ERR`, `WRONGTYPE`, `LOADING`.
  case refused(code: String, message: String)
  /// The command is empty or larger than the limits.
  case invalidCommand(String)
  /// The configuration asks for something that this build cannot do.
  case unsupported(String)
  /// The connection was closed by this program.
  case closed
}

extension CacheError: CustomStringConvertible {
  /// One line that is safe to show: no key, no value, no password.
  package var description: String {
    switch self {
    case .permissionDenied(let denial): "permission denied: \(denial)"
    case .authenticationFailed(let account): "the cache refused the account \(account)"
    case .unreachable(let why): "the cache cannot be reached: \(why)"
    case .untrustedServer(let why): "the cache server's certificate was refused: \(why)"
    case .encryptionFailed(let why): "no encrypted connection to the cache: \(why)"
    case .connectionLost(let why): "the connection to the cache was lost: \(why)"
    case .deadlineExceeded: "the cache did not answer in time"
    case .queueFull: "too many cache commands are waiting"
    case .replyTooLarge: "the cache's reply is beyond the limits"
    case .protocolViolation(let what): "the cache broke the protocol: \(what)"
    case .refused(let code, _): "the cache answered with \(code)"
    case .invalidCommand(let what): "invalid cache command: \(what)"
    case .unsupported(let what): "not supported: \(what)"
    case .closed: "the cache connection is closed"
    }
  }
}
