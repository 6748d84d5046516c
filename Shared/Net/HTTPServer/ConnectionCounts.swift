import Synchronization

/// What happened to a server's connections since its start. Its owner reports the differences, so that a flood costs one
/// log line a second and not one for each connection.
package struct ConnectionCounts: Sendable, Hashable {
  /// Refused because the server had reached its limit.
  package var refusedByLimit = 0
  /// Refused because the client's address had reached its limit.
  package var refusedByAddress = 0
  /// Idle connections that ended to make room for new ones.
  package var gaveWay = 0
  /// How often the process had no descriptor for a new connection.
  package var descriptorShortages = 0

  /// Connections that ended because too many bytes waited for their client, or for all clients.
  package var overUnsentLimit = 0
  /// Connections that ended because their client accepted bytes too slowly.
  package var slowReaders = 0

  /// No events.
  package init() {}

  /// The events since earlier counts.
  package func since(_ earlier: ConnectionCounts) -> ConnectionCounts {
    var difference = self
    difference.refusedByLimit -= earlier.refusedByLimit
    difference.refusedByAddress -= earlier.refusedByAddress
    difference.gaveWay -= earlier.gaveWay
    difference.descriptorShortages -= earlier.descriptorShortages
    difference.overUnsentLimit -= earlier.overUnsentLimit
    difference.slowReaders -= earlier.slowReaders
    return difference
  }
}

/// One event of ``ConnectionCounts``.
enum ConnectionEvent: Sendable {
  case refusedByLimit, refusedByAddress, gaveWay, descriptorShortage, unsentLimit, slowReader
}

/// The counts of all loops and of the listener.
final class ConnectionCounters: Sendable {
  private let counts = Mutex(ConnectionCounts())

  var current: ConnectionCounts { counts.withLock { $0 } }

  private let new = Mutex(AddressTally())
  private let slow = Mutex(AddressTally())

  /// Notes the address of a new connection that has met a limit.
  func noteNew(from host: String?) { new.withLock { $0.count(host) } }

  /// Counts a connection that ended because its client did not read, and notes the client's address.
  func countUnread(_ event: ConnectionEvent, from host: String?) {
    count(event)
    slow.withLock { $0.count(host) }
  }

  /// The addresses of the notes since the last call.
  func takeBusiest() -> BusiestAddresses {
    BusiestAddresses(new: new.withLock { $0.takeWorst() }, slow: slow.withLock { $0.takeWorst() })
  }

  func count(_ event: ConnectionEvent) {
    counts.withLock { counts in
      switch event {
      case .refusedByLimit: counts.refusedByLimit += 1
      case .refusedByAddress: counts.refusedByAddress += 1
      case .gaveWay: counts.gaveWay += 1
      case .descriptorShortage: counts.descriptorShortages += 1
      case .unsentLimit: counts.overUnsentLimit += 1
      case .slowReader: counts.slowReaders += 1
      }
    }
  }
}
