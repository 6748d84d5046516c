/// Why a connection attempt failed.
enum ConnectionFailure: Error, Equatable {
  /// No PostgreSQL server responded: connection refused, timeout, unknown host, TLS failure.
  case refused(String)
  /// The server rejected the connection, with its SQLSTATE.
  case rejected(state: String, message: String)

  /// Parses libpq's message, in which a verbose error of the server has the form `FATAL:  28P01: text`.
  init(libraryMessage message: String) {
    guard let state = Self.state(in: message) else {
      self = .refused(message)
      return
    }
    self = .rejected(state: String(state), message: message)
  }

  /// The severity word is in the server's language, so the search uses the state's shape: two spaces, five digits or
  /// capitals, a colon.
  private static func state(in message: String) -> Substring? {
    var rest = message[...]
    while let range = rest.firstRange(of: ":  ") {
      rest = rest[range.upperBound...]
      let candidate = rest.prefix(5)
      if candidate.count == 5, candidate.allSatisfy(isStateCharacter), rest.dropFirst(5).first == ":" {
        return candidate
      }
    }
    return nil
  }

  private static func isStateCharacter(_ character: Character) -> Bool {
    ("0"..."9").contains(character) || ("A"..."Z").contains(character)
  }
}
