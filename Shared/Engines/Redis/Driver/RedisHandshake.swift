import Cache
import Secrets

/// The first commands of a connection.
enum RedisHandshake {
  /// `AUTH` with the account and its password; nil without either.
  static func authentication(user: String, password: Secret) -> [[UInt8]]? {
    switch (user.isEmpty, password.isEmpty) {
    case (true, true): nil
    case (true, false): words("AUTH", password.reveal())
    case (false, _): words("AUTH", user, password.reveal())
    }
  }

  /// `CLIENT SETNAME`, so that an operator can distinguish connections in `CLIENT LIST`.
  static func name(_ name: String) -> [[UInt8]] { words("CLIENT", "SETNAME", name) }

  /// `HELLO`, whose reply names the server's role. Our accounts may not run `ROLE` and `INFO`.
  static let role = words("HELLO", "2")

  /// Whether a reply to ``role`` comes from a replica.
  static func isReplica(_ reply: RESPValue) -> Bool {
    guard let elements = reply.elements,
      let index = elements.firstIndex(where: { $0.text == "role" }), index + 1 < elements.count
    else { return false }
    return elements[index + 1].text != "master"
  }

  private static func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }
}
