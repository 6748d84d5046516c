/// A command that the engine denied to an account.
package struct CacheDenial: Sendable, Hashable {
  /// What the account lacks.
  package enum Subject: String, Sendable, Hashable {
    /// The command, for every key.
    case command
    /// The command is allowed, but not on this key.
    case key
    /// The command is allowed, but not on this channel.
    case channel
  }

  /// The account that sent the command.
  package let account: String
  /// The command in upper case, for example `GET`.
  package let command: String
  /// The key space: the key up to its first `:`, for example `backend-api:`; nil when the command has no key.
  package let keySpace: String?
  /// What the account lacks.
  package let subject: Subject

  /// The longest key space that is shown, in bytes.
  static let maximumKeySpaceBytes = 64

  /// Describes a denied command and takes the key space from its first argument.
  package init(account: String, arguments: [[UInt8]], subject: Subject) {
    self.account = account
    self.subject = subject
    command = String(decoding: arguments.first ?? [], as: UTF8.self).uppercased()
    keySpace = arguments.count > 1 ? Self.keySpace(of: arguments[1]) : nil
  }

  /// Whether the command only reads, as ``Cache`` reads.
  var isOfReading: Bool { command == "GET" || command == "PING" }

  private static func keySpace(of key: [UInt8]) -> String {
    let end = key.firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? key.count
    return String(decoding: key.prefix(min(end, maximumKeySpaceBytes)), as: UTF8.self)
  }
}

extension CacheDenial: CustomStringConvertible {
  /// One line that is safe to show: no value and no whole key.
  package var description: String {
    "\(account) may not run \(command)" + (keySpace.map { " on \($0)*" } ?? "")
  }
}
