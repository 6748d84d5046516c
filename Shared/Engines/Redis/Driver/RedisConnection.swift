import Cache
import Cryptography
import EventLoop
import Synchronization
import Transport

/// An account's connection to a Redis or Valkey server, on one loop: pipelined, and reconnected after every loss.
///
/// Any thread may use it; a call from the loop's own thread costs no hop.
package final class RedisConnection: CacheConnection {
  private let loop: EventLoop
  private let link: LoopBound<RedisLink>

  /// Starts to connect and returns at once. The loop calls `onStatus` at every change.
  ///
  /// - Parameter gate: The gate that the account's other connections share; without one, the connection has its own.
  /// - Throws: `encryptionFailed` when the file of authorities cannot be read.
  package init(
    _ configuration: CacheConfiguration, options: RedisOptions, gate: PasswordGate? = nil, on loop: EventLoop,
    onStatus: @escaping @Sendable (CacheStatus) -> Void = { _ in }
  ) throws(CacheError) {
    let security = try Self.security(configuration)
    self.loop = loop
    link = LoopBound(
      RedisLink(
        configuration, security: security, options: options, gate: gate ?? configuration.passwordGate(),
        on: loop, onStatus: onStatus), to: loop)
    onLoop { $0.start() }
  }

  /// Reads the file of authorities once, for all connections.
  private static func security(_ configuration: CacheConfiguration) throws(CacheError) -> StreamSecurity {
    do throws(TLSError) {
      return try .client(configuration.tls, host: configuration.endpoint.host)
    } catch {
      throw CacheError(error)
    }
  }

  /// Connects and returns when the account is signed in: for tools, which report a failure at once.
  /// - Throws: the error of the first attempt, for example `authenticationFailed`; `unreachable` names host and port.
  package static func open(
    _ configuration: CacheConfiguration, options: RedisOptions, on loop: EventLoop
  ) async throws(CacheError) -> RedisConnection {
    let connection = try RedisConnection(configuration, options: options, on: loop)
    let error = await withCheckedContinuation { continuation in
      connection.onLoop { link in link.whenDecided { continuation.resume(returning: $0) } }
    }
    if let error {
      await connection.close()
      guard case .unreachable(let reason) = error else { throw error }
      throw .unreachable("\(configuration.endpoint): \(reason)")
    }
    return connection
  }

  deinit {
    let link = link
    loop.execute { link.value.close() }
  }

  /// Runs one command; see ``CacheConnection/command(_:)-swift.method``.
  package func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue {
    try await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<RESPValue, CacheError>, Never>) in
      onLoop { link in link.send([arguments]) { _, result in continuation.resume(returning: result) } }
    }.get()
  }

  /// Runs the commands in one round trip, next to each other.
  package func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] {
    guard !commands.isEmpty else { return [] }
    return await withCheckedContinuation { continuation in
      onLoop { link in
        var results = [Result<RESPValue, CacheError>](repeating: .failure(.closed), count: commands.count)
        var missing = commands.count
        link.send(commands) { index, result in
          results[index] = result
          missing -= 1
          if missing == 0 { continuation.resume(returning: results) }
        }
      }
    }
  }

  /// Closes the connection and does not reconnect; the callers that still wait receive `closed`.
  package func close() async {
    await withCheckedContinuation { continuation in
      onLoop { link in
        link.close()
        continuation.resume()
      }
    }
  }

  /// Runs `body` on the loop: now when this is its thread, otherwise in its next turn.
  private func onLoop(_ body: @escaping @Sendable (RedisLink) -> Void) {
    let link = link
    loop.perform { body(link.value) }
  }
}
