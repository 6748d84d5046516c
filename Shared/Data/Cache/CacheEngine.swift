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

  /// The process's way to the cache, made once; its loops open their connections through it.
  ///
  /// - Parameter rights: What the account may do. An engine inside the process enforces them itself; a server holds
  ///   them already.
  func source(_ configuration: CacheConfiguration, rights: [CacheRights]) -> any CacheSource
}

/// Opens cache connections for one account, one for each loop.
package protocol CacheSource: Sendable {
  /// Begins to connect and returns at once. `onStatus` is called at every change.
  ///
  /// - Parameter name: What the server shows for the connection.
  /// - Throws: `encryptionFailed` where the file of authorities cannot be read.
  func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection
}
