import Transport

/// Bounds how many requests of one client a loop has in progress, so that a client with hundreds of expensive requests has
/// a queue of its own, and the request of another client does not wait behind all of them.
///
/// A client is a user, with all tokens that are known to be theirs, and each other token alone: the share is decided before
/// the token is verified. Its share grows by one with each request that completes quickly while the share is used up, and
/// falls by a quarter when requests take long (additive increase, multiplicative decrease, as in RFC 5681). So it limits
/// only a client whose requests wait for each other. Loop thread only.
struct ClientShares<Waiter> {
  private struct Client {
    var share = ServerLimit.firstShare
    var inProgress = 0
    var waiting = FIFO<Waiter>()
    var nextReduction: UInt64 = 0

    var isForgettable: Bool { inProgress == 0 && waiting.isEmpty }
  }

  private var clients: [Int: Client] = [:]
  /// The clients of tokens whose user is known, by the token.
  private var users: [Int: Int] = [:]
  /// The requests that wait for their client's share.
  private(set) var waitingCount = 0
  private let mostWaiting: Int
  private let slowNanoseconds: UInt64

  /// `queueNanoseconds`: the longest wait that is no overload. `mostWaiting`: of one client.
  init(queueNanoseconds: UInt64, mostWaiting: Int) {
    slowNanoseconds = queueNanoseconds / 2
    self.mostWaiting = mostWaiting
  }

  /// The client of a token.
  func client(of token: Int) -> Int { users[token] ?? token }

  /// A request with the token was that of a user. Requests that were counted for the token before stay so.
  mutating func note(_ token: Int, isOf user: Int64) {
    if users[token] != nil { return }
    // Forgotten tokens are noted again with their next request.
    if users.count >= ServerLimit.rememberedTokens { users.removeAll(keepingCapacity: true) }
    // Hashed with the process's seed like the token, so that no user has the number of a token.
    var hasher = Hasher()
    hasher.combine(user)
    users[token] = hasher.finalize()
  }

  /// What becomes of a new request.
  enum Verdict: Equatable { case begins, waits, refused }

  /// Takes a place of the client, or queues the waiter for one.
  mutating func enter(_ waiter: Waiter, of client: Int) -> Verdict {
    var entry = clients[client] ?? Client()
    guard entry.inProgress >= entry.share || !entry.waiting.isEmpty else {
      entry.inProgress += 1
      clients[client] = entry
      return .begins
    }
    guard entry.waiting.count < mostWaiting else { return .refused }
    entry.waiting.append(waiter)
    waitingCount += 1
    clients[client] = entry
    return .waits
  }

  /// A request of the client has ended. Returns whether others wait.
  mutating func leave(_ client: Int, after nanoseconds: UInt64, at now: UInt64) -> Bool {
    guard var entry = clients[client] else { return false }
    adapt(&entry, after: nanoseconds, at: now)
    entry.inProgress -= 1
    keep(entry, of: client)
    return !entry.waiting.isEmpty
  }

  /// The next waiter of the client that may have a place, which it does not take yet.
  mutating func next(of client: Int) -> Waiter? {
    guard var entry = clients[client], entry.inProgress < entry.share,
      let waiter = entry.waiting.popFirst()
    else { return nil }
    waitingCount -= 1
    keep(entry, of: client)
    return waiter
  }

  /// Takes a place for the waiter that ``next(of:)`` returned.
  mutating func take(_ client: Int) { clients[client, default: Client()].inProgress += 1 }

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
