import Cache

/// The first commands of a connection.
enum RedisHandshake {
  /// `AUTH` with the account and its password; nil where the configuration names neither.
  static func authentication(_ configuration: CacheConfiguration) -> [[UInt8]]? {
    let password = configuration.password.reveal()
    switch (configuration.user.isEmpty, password.isEmpty) {
    case (true, true): return nil
    case (true, false): return words("AUTH", password)
    case (false, _): return words("AUTH", configuration.user, password)
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
