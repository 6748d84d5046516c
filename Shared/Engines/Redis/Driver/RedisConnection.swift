import Cache
import EventLoop
import Synchronization

/// An account's line to a Redis or Valkey server, on one loop: pipelined, and connected again after every loss.
///
/// A value may be used from any thread; from the loop's own it costs no hop.
package final class RedisConnection: CacheConnection {
  private let loop: EventLoop
  private let link: LoopBound<RedisLink>

  /// Begins to connect and returns at once. `onStatus` is called on the loop at every change.
  /// - Throws: `unsupported` for a configuration that this build cannot serve, and `encryptionFailed` when the file of
  ///   authorities cannot be read.
  package init(
    _ configuration: CacheConfiguration, options: RedisOptions, on loop: EventLoop,
    onStatus: @escaping @Sendable (CacheStatus) -> Void = { _ in }
  ) throws(CacheError) {
    let security = try RedisSecurity(configuration)
    self.loop = loop
    link = LoopBound(
      RedisLink(configuration, security: security, options: options, on: loop, onStatus: onStatus), to: loop)
    onLoop { $0.start() }
  }

  /// Connects and returns when the account is signed in: for tools, which want to hear at once why they cannot work.
  /// - Throws: what the first attempt failed with, for example `authenticationFailed`.
  package static func open(
    _ configuration: CacheConfiguration, options: RedisOptions, on loop: EventLoop
  ) async throws(CacheError) -> RedisConnection {
    let connection = try RedisConnection(configuration, options: options, on: loop)
    let error = await withCheckedContinuation { continuation in
      connection.onLoop { link in link.whenDecided { continuation.resume(returning: $0) } }
    }
    if let error {
      await connection.close()
      throw error
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

  /// Closes the connection for good; whoever still waits is told `closed`.
  package func close() async {
    await withCheckedContinuation { continuation in
      onLoop { link in
        link.close()
        continuation.resume()
      }
    }
  }

  /// Runs `body` on the loop: now when this is its thread, else as soon as the loop takes it.
  private func onLoop(_ body: @escaping @Sendable (RedisLink) -> Void) {
    let link = link
    loop.perform { body(link.value) }
  }
}
