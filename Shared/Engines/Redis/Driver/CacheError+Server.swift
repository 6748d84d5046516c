import Cache
import Cryptography
import Transport

extension CacheError {
  /// The meaning of a server's error line for the command that it answers.
  init(reply: String, to arguments: [[UInt8]], account: String) {
    let code = reply.prefix { $0 != " " }
    let message = String(reply.dropFirst(code.count).drop { $0 == " " })
    switch code {
    case "NOPERM":
      self = .permissionDenied(
        CacheDenial(account: account, arguments: arguments, subject: Self.subject(of: message)))
    case "WRONGPASS", "NOAUTH": self = .authenticationFailed(account: account)
    default: self = .refused(code: String(code), message: message)
    }
  }

  /// Whether only another connection can do better: to the promoted server behind the same name, or with the account's
  /// credentials sent again.
  var endsConnection: Bool {
    switch self {
    case .authenticationFailed: true
    case .refused(let code, _): CacheRefusal(code: code) == .replica
    case .permissionDenied, .unreachable, .untrustedServer, .encryptionFailed, .connectionLost,
      .deadlineExceeded,
      .queueFull, .replyTooLarge, .protocolViolation, .invalidCommand, .closed:
      false
    }
  }

  /// Whether the server refuses the connection as a whole: it has its limit of clients, or runs in protected mode.
  var refusesConnection: Bool {
    guard case .refused(let code, let message) = self else { return false }
    return code == "DENIED" || message.hasPrefix("max number of clients")
  }

  /// The meaning of an error during the greeting: it concerns the connection, and no caller's command.
  var duringGreeting: CacheError {
    guard case .refused(let code, let message) = self else { return self }
    switch CacheRefusal(code: code) {
    case .replica, .trouble: return self
    case .callersMistake, .unknown:
      // A server without the command repeats its arguments, and the password is one.
      let end = message.firstRange(of: ", with args")?.lowerBound ?? message.endIndex
      let shown = message[..<end].prefix(Self.longestShownMessage)
      return .unreachable("the server refuses the connection: \(code) \(shown)")
    }
  }

  private static let longestShownMessage = 160

  /// Redis 6 to 8 and Valkey use different texts, but "access" always concerns a key or channel.
  private static func subject(of message: String) -> CacheDenial.Subject {
    guard message.contains("access") else { return .command }
    return message.contains("channel") ? .channel : .key
  }
}

extension CacheError {
  /// The meaning of a stream's error for the commands that wait.
  init(_ error: StreamError) {
    switch error {
    case .socket(let error): self = .connectionLost("\(error)")
    case .tls(let error): self = CacheError(error)
    }
  }

  /// The meaning of an error of TLS for the commands that wait.
  init(_ error: TLSError) {
    switch error {
    case .untrustedCertificate(let reason): self = .untrustedServer(reason)
    case .broken: self = .connectionLost("\(error)")
    case .handshakeFailed, .unusableFile, .invalidHost, .notEstablished, .libraryFailure:
      self = .encryptionFailed("\(error)")
    }
  }
}
