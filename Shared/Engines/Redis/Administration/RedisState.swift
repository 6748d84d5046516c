import Cache

/// The users of a cache server, and its command table.
package struct RedisState: Sendable, Hashable {
  /// The users by name.
  package var users: [String: RedisUser]
  /// The commands of this server by category.
  package var commandTable: RedisCommandTable
  /// The loaded function libraries by name; nil where the administrator may not list them.
  package var libraries: Set<String>? = []

  /// The server's name and release, where it reports one: `redis 7.0.15`, `valkey 8.0.1`.
  package var release: String?

  /// Makes a state with these users.
  package init(users: [String: RedisUser], commandTable: RedisCommandTable) {
    self.users = users
    self.commandTable = commandTable
  }

  /// The built-in user, which every anonymous connection uses.
  static let defaultUser = "default"
}

/// Reads the users of a cache server and its command table, which gives its rules their meaning.
package struct RedisStateReader: Sendable {
  private static let oldestMajor = 7

  private let connection: any CacheConnection

  /// Makes a reader over an administrator's connection.
  package init(_ connection: any CacheConnection) {
    self.connection = connection
  }

  /// Reads the users and the command table.
  ///
  /// Rights for reading alone (`%R~`), selectors, and rights on subcommands came with Redis 7.0.
  package func read() async throws(CacheError) -> RedisState {
    let release = try await release()
    if let release,
      let major = release.split(separator: " ").last?.split(separator: ".").first.flatMap({ Int($0) }),
      major < Self.oldestMajor
    {
      throw .refused(
        code: "RELEASE",
        message:
          "\(release) has no key patterns for reading alone and no rights on subcommands, which the accounts "
          + "need: use Redis 7.0 or newer, or Valkey")
    }
    var users: [String: RedisUser] = [:]
    for line in try await texts(["ACL", "LIST"]) {
      if let (name, user) = RedisUser.parse(line: line) { users[name] = user }
    }
    var state = RedisState(users: users, commandTable: try await commandTable())
    state.release = release
    state.libraries = try await libraries()
    return state
  }

  /// The name and the release, by which a server without the needed rules is refused before anything changes.
  func release() async throws(CacheError) -> String? {
    do {
      let parts = try await connection.command(["HELLO"]).elements ?? []
      let values = Dictionary(
        zip(parts, parts.dropFirst()).map { ($0.0.text ?? "", $0.1.text ?? "") },
        uniquingKeysWith: { first, _ in first })
      guard let name = values["server"], let version = values["version"] else { return nil }
      return "\(name) \(version)"
    } catch .refused, .permissionDenied {
      return nil
    }
  }

  /// An administrator that an older release made may not run the command.
  private func libraries() async throws(CacheError) -> Set<String>? {
    do {
      let reply = try await connection.command(["FUNCTION", "LIST"])
      return Set((reply.elements ?? []).compactMap { $0.elements.flatMap(Self.libraryName) })
    } catch .refused, .permissionDenied {
      return nil
    }
  }

  /// A library is a list of names and values; RESP3 sends the same as a map.
  private static func libraryName(_ parts: [RESPValue]) -> String? {
    zip(parts, parts.dropFirst()).first { $0.0.text == "library_name" }?.1.text
  }

  private func commandTable() async throws(CacheError) -> RedisCommandTable {
    let names = try await texts(["ACL", "CAT"])
    let replies = await connection.pipeline(names.map { ["ACL", "CAT", $0].map { Array($0.utf8) } })
    var categories: [String: Set<String>] = [:]
    for (name, reply) in zip(names, replies) {
      categories[name] = Set(try Self.texts(reply.get()).map { $0.lowercased() })
    }
    return RedisCommandTable(categories: categories)
  }

  private func texts(_ command: [String]) async throws(CacheError) -> [String] {
    try Self.texts(await connection.command(command))
  }

  private static func texts(_ reply: RESPValue) throws(CacheError) -> [String] {
    guard let elements = reply.elements else { throw .protocolViolation("the reply is not a list") }
    return elements.compactMap(\.text)
  }
}
