import EventLoop
import Transport

/// What a cache engine is to a service: its name, where it runs, and how a process reaches it.
///
/// A program lists its cache engines in its `Composition.swift`, and `CACHE_TYPE` selects one of them.
package protocol CacheEngine: Sendable {
  /// The value of `CACHE_TYPE` that selects the engine.
  var name: String { get }

  /// Where the engine runs.
  var location: EngineLocation { get }

  /// Makes the process's source of cache connections. The process makes it once; each loop opens its connection through
  /// it.
  ///
  /// - Parameter rights: What the account may do. An in-process engine enforces these rights itself; a server already
  ///   stores its own.
  func source(_ configuration: CacheConfiguration, rights: [CacheRights]) -> any CacheSource
}

/// Opens cache connections for one account, one for each loop.
package protocol CacheSource: Sendable {
  /// The server's host and port for the log; nil for an engine in the process.
  var server: String? { get }

  /// Begins to connect and returns at once. The connection calls `onStatus` at every change.
  ///
  /// - Parameter name: The name that the server lists for the connection.
  /// - Throws: `encryptionFailed` when the file of certificate authorities is unreadable.
  func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection
}
