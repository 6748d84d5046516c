import Synchronization
import Transport

/// Counts the open connections of a server over all its loops, and enforces their limits.
///
/// A source has a limit, and so has the site of an IPv6 source: a subscriber with a thousand networks would otherwise take
/// every connection. The site has more than a network, because a site may also be many subscribers with a network each.
final class Admission: Sendable {
  enum Verdict: Sendable, Hashable {
    case admitted
    /// The server has reached its limit.
    case full
    /// The client's source or its site has reached its limit.
    case addressFull
  }

  private let limit: Int
  private let limitPerSource: Int
  private let limitPerSite: Int
  private let open = Atomic<Int>(0)
  /// Taken when a connection opens or closes, never for a request.
  private let perSource = Mutex(SourceCounts())

  init(limit: Int, limitPerSource: Int) {
    self.limit = limit
    self.limitPerSource = limitPerSource
    // What a network leaves to others is halved for its site: others keep a part all the same.
    limitPerSite = limitPerSource >= limit ? .max : limitPerSource + (limit - limitPerSource) / 2
  }

  var count: Int { open.load(ordering: .relaxed) }

  /// The sources with the most open connections; empty without a limit for a source.
  var busiest: [AddressCount] { perSource.withLock { $0.worst } }

  /// Counts a new connection if the limits permit it.
  func enter(from peer: Peer) -> Verdict {
    guard open.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
      open.wrappingSubtract(1, ordering: .relaxed)
      return .full
    }
    guard countSource(of: peer) else {
      open.wrappingSubtract(1, ordering: .relaxed)
      return .addressFull
    }
    return .admitted
  }

  /// An admitted connection has ended.
  func leave(from peer: Peer) {
    open.wrappingSubtract(1, ordering: .relaxed)
    guard isLimited(peer) else { return }
    perSource.withLock { $0.remove(peer.source) }
  }

  private func countSource(of peer: Peer) -> Bool {
    guard isLimited(peer) else { return true }
    return perSource.withLock { counts in
      guard counts[peer.source] < limitPerSource, counts[peer.source.site] < limitPerSite else {
        return false
      }
      counts.add(peer.source)
      return true
    }
  }

  /// A trusted proxy carries the connections of many clients.
  private func isLimited(_ peer: Peer) -> Bool { limitPerSource < limit && !peer.isTrustedProxy }
}
