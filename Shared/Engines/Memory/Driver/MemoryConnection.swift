import Cache
import Synchronization

/// An account's connection to a ``MemoryStore``. It checks the rights first, as a server does, and then runs the
/// command.
package final class MemoryConnection: CacheConnection {
  private let store: MemoryStore
  private let account: String
  private let rights: [CacheRights]
  private let isClosed = Atomic(false)

  init(store: MemoryStore, account: String, rights: [CacheRights]) {
    self.store = store
    self.account = account
    self.rights = rights
  }

  /// Runs `GET`, `SET` (`EX`, `PX`, `NX`, `XX`), `DEL`, `INCR`, `EXPIRE`, `TTL`, `EXISTS` or `PING`.
  /// - Throws: `permissionDenied` for every other command: no service needs one, so no account may run one.
  package func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue {
    try run(arguments)
  }

  /// Runs the commands in order. Commands of other connections may run between two of them.
  package func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] {
    commands.map { arguments in Result { () throws(CacheError) in try run(arguments) } }
  }

  /// Closes this connection only; the store and the other connections stay open.
  package func close() async { isClosed.store(true, ordering: .relaxed) }

  private func run(_ arguments: [[UInt8]]) throws(CacheError) -> RESPValue {
    guard !isClosed.load(ordering: .relaxed) else { throw .closed }
    guard let command = try MemoryCommandParser.parse(arguments) else {
      throw denied(arguments, .command)
    }
    try authorize(command, arguments)
    return try store.perform(command)
  }

  private func authorize(_ command: MemoryCommand, _ arguments: [[UInt8]]) throws(CacheError) {
    guard let access = command.access else { return }
    guard rights.contains(where: { $0.admits(access) }) else { throw denied(arguments, .command) }
    for key in command.keys {
      guard rights.contains(where: { $0.covers(key, for: access) }) else { throw denied(arguments, .key) }
    }
  }

  private func denied(_ arguments: [[UInt8]], _ subject: CacheDenial.Subject) -> CacheError {
    .permissionDenied(CacheDenial(account: account, arguments: arguments, subject: subject))
  }
}
