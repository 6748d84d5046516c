import Cache

/// The users of a cache server, and its command table.
package struct RedisState: Sendable, Hashable {
  /// The users by name.
  package var users: [CacheWord: RedisUser]
  /// The commands of this server by category.
  package var commandTable: RedisCommandTable
  /// The loaded function libraries by name; nil where the administrator may not list them.
  package var libraries: Set<String>? = []

  /// Whether an earlier run changed users that the server has not saved.
  var isUnsaved = false

  /// Where the server stands among others; nil where the administrator may not read it.
  package var place: RedisPlace? = RedisPlace()

  /// The server's name and release, where it reports one: `redis 7.0.15`, `valkey 8.0.1`.
  package var release: String?

  /// Makes a state with these users.
  package init(users: [CacheWord: RedisUser], commandTable: RedisCommandTable) {
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
    var users: [CacheWord: RedisUser] = [:]
    for line in try Self.words(of: await connection.command(["ACL", "LIST"])) {
      // A user that is not read is one that no comparison sees.
      guard let (name, user) = RedisUser.parse(line: line) else {
        throw .protocolViolation("no user in the line of ACL LIST: \(line)")
      }
      users[name] = user
    }
    var state = RedisState(users: users, commandTable: try await commandTable())
    state.release = release
    state.libraries = try await libraries()
    state.place = try await place()
    state.takeMark()
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

  /// Where the server stands among others.
  func place() async throws(CacheError) -> RedisPlace? {
    do throws(CacheError) {
      return RedisPlace(info: try await connection.command(["INFO", "replication", "cluster"]).text ?? "")
    } catch .refused, .permissionDenied {
      return nil
    }
  }

  /// An administrator that an older release made may not run the command.
  private func libraries() async throws(CacheError) -> Set<String>? {
    do throws(CacheError) {
      let reply = try await connection.command(["FUNCTION", "LIST"])
      guard let libraries = reply.elements else {
        throw .protocolViolation("the reply is not a list")
      }
      var names: Set<String> = []
      for library in libraries {
        guard let name = library.elements.flatMap(Self.libraryName) else {
          throw .protocolViolation("a library without a name in FUNCTION LIST")
        }
        names.insert(name.description)
      }
      return names
    } catch .refused, .permissionDenied {
      return nil
    }
  }

  /// A library is a list of names and values; RESP3 sends the same as a map.
  private static func libraryName(_ parts: [RESPValue]) -> CacheWord? {
    zip(parts, parts.dropFirst()).first { $0.0.word == "library_name" }?.1.word
  }

  private func commandTable() async throws(CacheError) -> RedisCommandTable {
    let names = try Self.words(of: await connection.command(["ACL", "CAT"]))
    let replies = await connection.pipeline(names.map { ["ACL", "CAT", $0].map(\.bytes) })
    var categories: [String: Set<String>] = [:]
    for (name, reply) in zip(names, replies) {
      let commands = try Self.words(of: reply.get())
      categories[name.description.lowercased()] = Set(commands.map { $0.description.lowercased() })
    }
    return RedisCommandTable(categories: categories)
  }

  private static func words(of reply: RESPValue) throws(CacheError) -> [CacheWord] {
    guard let elements = reply.elements else { throw .protocolViolation("the reply is not a list") }
    let words = elements.compactMap(\.word)
    guard words.count == elements.count else { throw .protocolViolation("the list contains no words") }
    return words
  }
}
