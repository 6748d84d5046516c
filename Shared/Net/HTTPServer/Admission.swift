import Synchronization

/// Counts the open connections of a server over all its loops, and enforces their limits.
final class Admission: Sendable {
  enum Verdict: Sendable, Hashable {
    case admitted
    /// The server has reached its limit.
    case full
    /// The client's address has reached its limit.
    case addressFull
  }

  private let limit: Int
  private let limitPerAddress: Int
  /// Peers that carry the connections of many clients.
  private let exempt: TrustedProxies
  private let open = Atomic<Int>(0)
  /// Taken when a connection opens or closes, never for a request.
  private let perAddress = Mutex<[String: Int]>([:])

  init(limit: Int, limitPerAddress: Int, exempt: TrustedProxies) {
    self.limit = limit
    self.limitPerAddress = limitPerAddress
    self.exempt = exempt
  }

  var count: Int { open.load(ordering: .relaxed) }

  /// The addresses with the most open connections; empty without a limit for an address.
  var busiest: [AddressCount] { perAddress.withLock { AddressTally.worst(of: $0) } }

  /// Counts a new connection if the limits permit it.
  func enter(from host: String?) -> Verdict {
    guard open.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
      open.wrappingSubtract(1, ordering: .relaxed)
      return .full
    }
    guard countAddress(host) else {
      open.wrappingSubtract(1, ordering: .relaxed)
      return .addressFull
    }
    return .admitted
  }

  /// An admitted connection has ended.
  func leave(from host: String?) {
    open.wrappingSubtract(1, ordering: .relaxed)
    guard let host, limitPerAddress < limit, !exempt.contains(host) else { return }
    perAddress.withLock { counts in
      let left = (counts[host] ?? 0) - 1
      counts[host] = left > 0 ? left : nil
    }
  }

  private func countAddress(_ host: String?) -> Bool {
    guard let host, limitPerAddress < limit, !exempt.contains(host) else { return true }
    return perAddress.withLock { counts in
      let count = counts[host] ?? 0
      guard count < limitPerAddress else { return false }
      counts[host] = count + 1
      return true
    }
  }
}
