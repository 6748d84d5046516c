import EventLoop
import Logging

extension Cache {
  /// Opens the cache of `service` for one loop. Returns at once and connects in the background.
  ///
  /// - Parameter connectionName: The name that the server lists for the connection. The default is the service's name.
  /// - Throws: `encryptionFailed` when the file of certificate authorities is unreadable.
  package static func open(
    service: String, from source: any CacheSource, connectionName: String? = nil, on loop: EventLoop,
    logger: Logger
  ) throws(CacheError) -> Cache {
    let health = CacheHealth(logger: logger)
    let connection = try source.connect(name: connectionName ?? service, on: loop) {
      health.connectionChanged(to: $0)
    }
    return Cache(service: service, connection: connection, health: health)
  }
}
