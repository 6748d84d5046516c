import Synchronization
import Transport

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

  /// Connections that ended because too many bytes waited for all clients.
  package var overUnsentLimit = 0
  /// Connections that ended because their answer is larger than the bytes that may wait for one client.
  package var tooLargeAnswers = 0
  /// Connections that ended because their client accepted bytes too slowly.
  package var slowReaders = 0

  /// Requests that were refused, or whose connection ended, because too many bytes of incomplete ones were in memory.
  package var overIncompleteLimit = 0
  /// Requests of trusted proxies whose `X-Forwarded-For` does not end with an address.
  package var unreadableForwarded = 0

  /// No events.
  package init() {}

  /// The numbers of all events.
  private static var events: [WritableKeyPath<ConnectionCounts, Int>] {
    [
      \.refusedByLimit, \.refusedByAddress, \.gaveWay, \.descriptorShortages, \.overUnsentLimit,
      \.tooLargeAnswers, \.slowReaders, \.overIncompleteLimit, \.unreadableForwarded,
    ]
  }

  /// The events since earlier counts.
  package func since(_ earlier: ConnectionCounts) -> ConnectionCounts {
    var difference = self
    for event in Self.events { difference[keyPath: event] -= earlier[keyPath: event] }
    return difference
  }

  /// Adds the events of another listener.
  package mutating func add(_ other: ConnectionCounts) {
    for event in Self.events { self[keyPath: event] += other[keyPath: event] }
  }
}

/// One event of ``ConnectionCounts``.
enum ConnectionEvent: Sendable {
  case refusedByLimit, refusedByAddress, gaveWay, descriptorShortage, unsentLimit, slowReader, tooLargeAnswer
  case incompleteLimit, unreadableForwarded
}

/// The counts of all loops and of the listener.
final class ConnectionCounters: Sendable {
  private let counts = Mutex(ConnectionCounts())

  var current: ConnectionCounts { counts.withLock { $0 } }

  private let new = Mutex(AddressTally())
  private let slow = Mutex(AddressTally())
  private let incomplete = Mutex(AddressTally())
  private let forwarding = Mutex(AddressTally())

  /// Notes the source of a new connection that has met a limit.
  func noteNew(from source: ClientSource) { new.withLock { $0.count(source) } }

  /// Counts a connection that ended because its client did not read, and notes the client's source.
  func countUnread(_ event: ConnectionEvent, from source: ClientSource) {
    count(event)
    slow.withLock { $0.count(source) }
  }

  /// Counts an incomplete request that was refused for its memory, and notes the client's source.
  func countIncomplete(from source: ClientSource) {
    count(.incompleteLimit)
    incomplete.withLock { $0.count(source) }
  }

  /// Counts a request whose trusted proxy does not name its client, and notes the proxy.
  func countUnreadableForwarded(by proxy: ClientSource) {
    count(.unreadableForwarded)
    forwarding.withLock { $0.count(proxy) }
  }

  /// The sources of the notes since the last call.
  func takeBusiest() -> BusiestAddresses {
    BusiestAddresses(
      new: new.withLock { $0.takeWorst() }, slow: slow.withLock { $0.takeWorst() },
      incomplete: incomplete.withLock { $0.takeWorst() }, forwarding: forwarding.withLock { $0.takeWorst() })
  }

  func count(_ event: ConnectionEvent) {
    counts.withLock { counts in
      switch event {
      case .refusedByLimit: counts.refusedByLimit += 1
      case .refusedByAddress: counts.refusedByAddress += 1
      case .gaveWay: counts.gaveWay += 1
      case .descriptorShortage: counts.descriptorShortages += 1
      case .unsentLimit: counts.overUnsentLimit += 1
      case .tooLargeAnswer: counts.tooLargeAnswers += 1
      case .slowReader: counts.slowReaders += 1
      case .incompleteLimit: counts.overIncompleteLimit += 1
      case .unreadableForwarded: counts.unreadableForwarded += 1
      }
    }
  }
}
