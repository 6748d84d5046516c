/// What a command's failure says about the cache: the one place that separates a caller's mistake from trouble.
enum CacheTrouble: Sendable, Hashable {
  /// The command was wrong. The cache is in order.
  case none
  /// The connection has ended or will end, and it reports its own state.
  case connection
  /// The connection is up and does not serve. The reason is safe to show.
  case degraded(String)

  /// - Parameter access: What the account may do by the manifest. A denial beyond it is the caller's mistake; a denial
  ///   within it shows that the account's rights have drifted.
  init(_ error: CacheError, access: CacheRights.Access) {
    switch error {
    case .invalidCommand, .closed: self = .none
    case .authenticationFailed, .unreachable, .untrustedServer, .encryptionFailed, .connectionLost:
      self = .connection
    case .deadlineExceeded, .queueFull, .replyTooLarge, .protocolViolation: self = .degraded("\(error)")
    case .permissionDenied(let denial):
      self = access == .readWrite || denial.isOfReading ? .degraded("\(error)") : .none
    case .refused(let code, _):
      switch CacheRefusal(code: code) {
      case .callersMistake: self = .none
      // It ends the connection, and until the next one each command fails with it. A caller can report such a failure
      // when the next connection is there already, which it says nothing about.
      case .replica: self = .connection
      case .trouble, .unknown: self = .degraded("\(error)")
      }
    }
  }
}

/// What the first word of a server's error says. A code that is not listed counts as trouble: an unknown refusal must
/// not stay unseen.
package enum CacheRefusal: Sendable, Hashable {
  /// The command or its argument is wrong. The message may repeat the argument.
  case callersMistake
  /// The server is a replica, which takes no writes. Only another server, or this one after its promotion, takes them.
  case replica
  /// The server is out of memory, cannot save, loads its data, has lost its primary or its cluster. The message is the
  /// server's fixed text.
  case trouble
  /// A code that this program does not list; the message may show anything.
  case unknown

  /// Classifies a code, for example `READONLY`.
  package init(code: String) {
    switch code {
    case "ERR", "WRONGTYPE", "CROSSSLOT", "EXECABORT", "NOSCRIPT", "NOPROTO", "BUSYKEY":
      self = .callersMistake
    case "READONLY": self = .replica
    case "OOM", "MISCONF", "MASTERDOWN", "LOADING", "CLUSTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN":
      self = .trouble
    default: self = .unknown
    }
  }

  /// The longest part of a server's message that is shown, in characters.
  private static let maximumMessageCharacters = 160

  /// The code, with the server's message where that repeats nothing of the command. Safe to show.
  static func description(code: String, message: String) -> String {
    switch CacheRefusal(code: code) {
    case .callersMistake, .unknown: "the cache returned the error \(code)"
    case .replica, .trouble: "the cache refuses commands: \(code) \(message.prefix(maximumMessageCharacters))"
    }
  }
}

extension CacheError {
  /// The kinds of failures that a metric distinguishes.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The command or its arguments were wrong.
    case mistake
    /// The server refuses commands: out of memory, a replica, loading.
    case refused
    /// The account may not run the command.
    case denied
    /// No connection, or one that ended.
    case lost
    /// No reply in time, too many commands, or a reply outside the limits or the protocol.
    case overloaded
  }

  /// The kind for a metric.
  package var kind: Kind {
    switch self {
    case .invalidCommand: .mistake
    case .refused(let code, _): CacheRefusal(code: code) == .callersMistake ? .mistake : .refused
    case .permissionDenied: .denied
    case .authenticationFailed, .unreachable, .untrustedServer, .encryptionFailed, .connectionLost, .closed:
      .lost
    case .deadlineExceeded, .queueFull, .replyTooLarge, .protocolViolation: .overloaded
    }
  }
}
