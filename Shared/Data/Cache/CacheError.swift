/// Why a cache command gave no reply.
///
/// Only the low-level ``CacheConnection`` throws it; ``Cache`` turns every case into "no value".
package enum CacheError: Error, Sendable, Hashable {
  /// The engine denied the command to this account (`NOPERM`).
  case permissionDenied(CacheDenial)
  /// The engine rejected the account itself (`WRONGPASS`, `NOAUTH`).
  case authenticationFailed(account: String)
  /// The driver could not reach the server, or not in time.
  case unreachable(String)
  /// The driver refused the server's certificate: it names another server, has expired, or no trusted authority signed
  /// it.
  case untrustedServer(String)
  /// Encryption failed for another reason. The driver never falls back to an unencrypted connection.
  case encryptionFailed(String)
  /// The connection broke while the command was waiting. The server may have run the command.
  case connectionLost(String)
  /// No reply came in time. The server may have run the command.
  case deadlineExceeded
  /// Too many commands, or too many bytes, are already waiting.
  case queueFull
  /// The reply exceeds ``RedisLimits``.
  case replyTooLarge
  /// The server's bytes do not follow the protocol.
  case protocolViolation(String)
  /// The engine returned an error. `code` is its first word, for example `ERR`, `WRONGTYPE`, `LOADING`;
  /// ``CacheRefusal`` says what it means.
  case refused(code: String, message: String)
  /// The command is empty or larger than the limits.
  case invalidCommand(String)
  /// This program closed the connection.
  case closed
}

extension CacheError: CustomStringConvertible {
  /// One line that is safe to show: no key, no value, no password.
  package var description: String {
    switch self {
    case .permissionDenied(let denial): "permission denied: \(denial)"
    case .authenticationFailed(let account):
      "the cache rejected the account \(account) or its password; where the server lost its users, run `bulkhead bootstrap` "
        + "with CACHE_USER=default, then `bulkhead access apply`"
    case .unreachable(let why): "the cache cannot be reached: \(why)"
    case .untrustedServer(let why): "the cache server's certificate was refused: \(why)"
    case .encryptionFailed(let why): "the encrypted connection to the cache failed: \(why)"
    case .connectionLost(let why): "the connection to the cache was lost: \(why)"
    case .deadlineExceeded: "the cache did not respond in time"
    case .queueFull: "too many cache commands are waiting"
    case .replyTooLarge: "the cache's reply exceeds the limits"
    case .protocolViolation(let what): "the cache violated the protocol: \(what)"
    case .refused(let code, let message): CacheRefusal.description(code: code, message: message)
    case .invalidCommand(let what): "invalid cache command: \(what)"
    case .closed: "the cache connection is closed"
    }
  }
}
