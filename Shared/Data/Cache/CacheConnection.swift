import EventLoop

/// One account's connection to a cache engine. The engine runs the commands that the account's rights permit and
/// refuses the others.
///
/// The operator's tools use this throwing interface; services use ``Cache``. Any thread may use a connection.
package protocol CacheConnection: Closable, Sendable {
  /// Runs one command, for example `["GET", "analytics:summary"]` as bytes.
  /// - Throws: `permissionDenied` when the engine denies the command, `refused` when it returns another error, and the
  ///   connection's own errors.
  func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue

  /// Runs the commands in order, in one round trip. A failed command does not stop the next one.
  func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>]

  /// Closes the connection. Commands that still wait fail with `closed`.
  func close() async
}

extension CacheConnection {
  /// Runs one command whose arguments are text.
  package func command(_ arguments: [String]) async throws(CacheError) -> RESPValue {
    try await command(arguments.map { Array($0.utf8) })
  }
}
