/// A cache account's own line to an engine: whatever it may do, it may do here, and what it may not is refused.
///
/// This is the throwing door for the operator's tools; services use ``Cache``. A value may be used from any thread.
package protocol CacheConnection: Sendable {
  /// Runs one command, for example `["GET", "analytics:summary"]` as bytes.
  /// - Throws: `permissionDenied` when the engine refuses it, `refused` when it answers with another error, and the
  ///   connection's own errors.
  func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue

  /// Runs the commands next to each other, in order, in one round trip. One's failure does not stop the next.
  func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>]

  /// Closes the line. Commands that still wait end with `closed`.
  func close() async
}

extension CacheConnection {
  /// The same with text.
  package func command(_ arguments: [String]) async throws(CacheError) -> RESPValue {
    try await command(arguments.map { Array($0.utf8) })
  }
}
