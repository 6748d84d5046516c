import Collections
import Transport

/// Bounds how many requests of one client a loop has in progress, so that a client with hundreds of expensive requests has
/// a queue of its own, and the request of another client does not wait behind all of them.
///
/// A client is a user, with all tokens that requests have proved to be theirs; a user at one source, with all tokens that no
/// request has proved yet; or a source, with all requests of strangers. No client can make itself another one. Its share grows
/// by one with each request that completes quickly while the share is used up, and falls by a quarter when requests take long
/// (additive increase, multiplicative decrease, as in RFC 5681). So it limits only a client whose requests wait for each
/// other. Loop thread only.
struct ClientShares<Waiter> {
  private struct Client {
    var share = ServerLimit.firstShare
    var inProgress = 0
    /// Nil before the first request that waits.
    var waiting: WaitingLine<Waiter>?
    var nextReduction: UInt64 = 0

    var waitingCount: Int { waiting?.count ?? 0 }
    var isForgettable: Bool { inProgress == 0 && waitingCount == 0 }
  }

  private var clients: [Int: Client] = [:]
  /// The tokens with which requests of users were answered lately, and the client for which each counts. A user who uses many
  /// tokens makes no token forgotten that another user goes on using.
  private var tokens = RecentEntries<Int, Int>(capacity: ServerLimit.rememberedTokens)
  /// The requests that wait for their client's share.
  private(set) var waitingCount = 0
  private let mostWaiting: Int
  private let slowNanoseconds: UInt64

  /// `queueNanoseconds`: the longest wait that is no overload. `mostWaiting`: of all clients together.
  init(queueNanoseconds: UInt64, mostWaiting: Int) {
    slowNanoseconds = queueNanoseconds / 2
    self.mostWaiting = mostWaiting
  }

  /// The client of a token that a request has proved; nil of another one.
  mutating func client(of token: Int) -> Int? { tokens.find(token) }

  /// A request with the token was that of a user whose session goes on. Requests that were counted for another client before
  /// stay so.
  mutating func note(_ token: Int, isOf user: Int64) {
    if tokens.find(token) == nil { tokens.insert(ClientNumber.of(user), for: token) }
  }

  /// The token has no user any more. Its requests in progress stay the client's.
  mutating func forget(_ token: Int) { tokens.remove(token) }

  /// What becomes of a new request.
  enum Verdict: Equatable {
    case begins
    /// It waits at this place of its client's line.
    case waits(place: Int)
    case refused
  }

  /// Takes a place of the client, or queues the waiter for one.
  ///
  /// A client may have as many requests waiting as there are places left for others: one client alone has half of the places, the
  /// next one a quarter, and so on.
  mutating func enter(_ waiter: Waiter, of client: Int) -> Verdict {
    var entry = clients[client] ?? Client()
    guard entry.inProgress >= entry.share || entry.waitingCount > 0 else {
      entry.inProgress += 1
      clients[client] = entry
      return .begins
    }
    guard entry.waitingCount < mostWaiting - waitingCount else { return .refused }
    let line = entry.waiting ?? WaitingLine()
    entry.waiting = line
    waitingCount += 1
    clients[client] = entry
    return .waits(place: line.append(waiter))
  }

  /// A request of the client has ended. Returns whether others wait.
  mutating func leave(_ client: Int, after nanoseconds: UInt64, at now: UInt64) -> Bool {
    guard var entry = clients[client] else { return false }
    adapt(&entry, after: nanoseconds, at: now)
    entry.inProgress -= 1
    keep(entry, of: client)
    return entry.waitingCount > 0
  }

  /// The next waiter of the client that may have a place, which it does not take yet.
  mutating func next(of client: Int) -> Waiter? {
    guard let entry = clients[client], entry.inProgress < entry.share,
      let waiter = entry.waiting?.popFirst()
    else { return nil }
    waitingCount -= 1
    keep(entry, of: client)
    return waiter
  }

  /// Takes a place for the waiter that ``next(of:)`` returned.
  mutating func take(_ client: Int) { clients[client, default: Client()].inProgress += 1 }

  /// The waiter at that place waits no more.
  mutating func abandon(_ place: Int, of client: Int) {
    guard let entry = clients[client], entry.waiting?.remove(place) == true else { return }
    waitingCount -= 1
    keep(entry, of: client)
  }

  private func adapt(_ entry: inout Client, after nanoseconds: UInt64, at now: UInt64) {
    if nanoseconds > slowNanoseconds {
      guard now >= entry.nextReduction else { return }
      entry.share = max(ServerLimit.leastShare, entry.share * 3 / 4)
      entry.nextReduction = now + ServerLimit.shareReductionPauseNanoseconds
    } else if nanoseconds < slowNanoseconds / 4, entry.inProgress >= entry.share {
      entry.share += 1
    }
  }

  /// Forgets a client without requests whose share is that of a new one. A larger share stays, or a client whose requests
  /// all end together would begin again each time. Among too many clients, those with a lower share stay.
  private mutating func keep(_ entry: Client, of client: Int) {
    guard entry.isForgettable else { return clients[client] = entry }
    if entry.share == ServerLimit.firstShare {
      clients[client] = nil
      return
    }
    clients[client] = entry
    guard clients.count > ServerLimit.rememberedClients else { return }
    clients = clients.filter { !$0.value.isForgettable || $0.value.share < ServerLimit.firstShare }
    guard clients.count > ServerLimit.rememberedClients else { return }
    clients = clients.filter { !$0.value.isForgettable }
  }
}

/// The numbers of clients. They are hashed with the process's seed, so that no client can choose that of another one.
enum ClientNumber {
  /// A user whose session was found to go on.
  static func of(_ user: Int64) -> Int {
    var hasher = Hasher()
    hasher.combine(user)
    return hasher.finalize()
  }

  /// A user by a verified token alone, whose session may have ended. So what another one does with a token that was signed out
  /// takes nothing from the user elsewhere.
  static func of(_ user: Int64, at site: ClientSource?) -> Int {
    var hasher = Hasher()
    hasher.combine(user)
    hasher.combine(site)
    return hasher.finalize()
  }

  /// All strangers of a source.
  static func strangers(of site: ClientSource) -> Int { site.hashValue }
}
