import Cache
import RedisDriver

/// A connection of the tool. Its errors name the server and the command, without the command's arguments.
struct AdministrationConnection: CacheConnection {
  private let connection: any CacheConnection
  private let server: String
  private let timeouts: RedisTimeouts

  init(_ connection: any CacheConnection, to server: String, _ timeouts: RedisTimeouts) {
    self.connection = connection
    self.server = server
    self.timeouts = timeouts
  }

  func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue {
    do throws(CacheError) {
      return try await connection.command(arguments)
    } catch {
      throw named(error, arguments)
    }
  }

  func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] {
    let results = await connection.pipeline(commands)
    return zip(commands, results).map { arguments, result in result.mapError { named($0, arguments) } }
  }

  func close() async { await connection.close() }

  private func named(_ error: CacheError, _ arguments: [[UInt8]]) -> CacheError {
    switch error {
    case .deadlineExceeded:
      .unreachable(
        "\(server) did not answer \(Self.name(of: arguments)) within \(timeouts.commandMilliseconds / 1_000) s"
      )
    case .connectionLost(let reason):
      .connectionLost("\(server), during \(Self.name(of: arguments)): \(reason)")
    case .permissionDenied, .authenticationFailed, .unreachable, .untrustedServer, .encryptionFailed,
      .queueFull, .replyTooLarge, .protocolViolation, .refused, .invalidCommand, .closed:
      error
    }
  }

  /// The commands whose first argument is a word of the command.
  private static let containers: Set = ["ACL", "CLIENT", "COMMAND", "CONFIG", "FUNCTION"]

  private static func name(of arguments: [[UInt8]]) -> String {
    let words = arguments.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
    guard let first = words.first else { return "" }
    return words.prefix(containers.contains(first) ? 2 : 1).joined(separator: " ")
  }
}
