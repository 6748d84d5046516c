import Cache

extension CacheError {
  /// The error that a server's error line means for the command it answers.
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

  /// Redis 6 to 8 and Valkey word it differently, but "access" is always about a key or channel.
  private static func subject(of message: String) -> CacheDenial.Subject {
    guard message.contains("access") else { return .command }
    return message.contains("channel") ? .channel : .key
  }
}
