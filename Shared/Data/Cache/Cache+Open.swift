import EventLoop
import Logging

extension Cache {
  /// The cache of `service` for one loop; returns at once and connects in the background.
  ///
  /// - Parameter connectionName: What the server shows for the connection; the service's name where it is nil.
  /// - Throws: `encryptionFailed` where the file of authorities cannot be read.
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
