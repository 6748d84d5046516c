import Identity
import JSON
import Routing
import Schema

/// The sessions that ended while their tokens had time left, from the events of the last hours.
///
/// The memory is bounded. Where a bound is reached, more tokens are refused than have ended, and never fewer: their users
/// sign in again.
struct EndedSessions: Sendable {
  /// Users with an event. Sign-ups are limited for each address, and so is the growth.
  static let maximumUsers = 100_000
  /// Single sessions of one user.
  static let maximumSessionsOfUser = 64
  /// How long an entry stays after this process has read its event: the lifetime of a token, and an hour for clocks that
  /// differ.
  static let memorySeconds = TokenLifetime.seconds + 3600

  private enum Account {
    /// Only single sessions have ended.
    case unchanged
    /// Tokens of the states of the account before this one have ended.
    case epoch(String)
    case gone
  }

  private struct Entry {
    var account = Account.unchanged
    var sessions: [Int64] = []
    /// Sessions up to this one are refused, ended or not.
    var sessionFloor: Int64 = 0
    /// The second of the newest event, as the service that recorded it named it.
    var newest: Int64
    /// The second of this process's monotonic clock at which an event was noted last.
    var notedAt: Int64

    mutating func end(_ session: Int64) {
      guard session > sessionFloor, !sessions.contains(session) else { return }
      sessions.append(session)
      guard sessions.count > maximumSessionsOfUser else { return }
      sessions.sort()
      let half = sessions.count / 2
      sessionFloor = sessions[half - 1]
      sessions.removeFirst(half)
    }
  }

  private let maximumUsers: Int
  private let installation: String
  private var entries: [Int64: Entry] = [:]
  /// Tokens that were signed before this second are refused.
  private var floor: Int64 = 0

  /// No session has ended in this installation.
  init(installation: String, maximumUsers: Int = EndedSessions.maximumUsers) {
    self.installation = installation
    self.maximumUsers = maximumUsers
  }

  /// The number of users with an entry.
  var count: Int { entries.count }

  /// Whether the principal's token has ended, is of another installation, or of another user with the same id.
  func contains(_ principal: Principal) -> Bool {
    guard principal.token.binding.installation == installation, principal.token.issuedAt >= floor else {
      return true
    }
    guard let entry = entries[principal.userID] else { return false }
    switch entry.account {
    case .gone: return true
    case .epoch(let known) where TokenEpoch.isOver(principal.token.binding.epoch, from: known): return true
    case .epoch, .unchanged:
      return principal.sessionID <= entry.sessionFloor || entry.sessions.contains(principal.sessionID)
    }
  }

  /// Notes an event, at a second of the monotonic clock. A second time changes nothing, where later events of the same
  /// user follow again.
  mutating func note(_ event: EventWithPayload, at second: Int64) {
    guard event.source == SessionEvents.source, let userID = Int64(event.subject),
      let payload = try? JSONValue(stored: event.payload, in: \Events.payload)
    else { return }
    var entry = entries[userID] ?? Entry(newest: 0, notedAt: second)
    switch event.type {
    case SessionEvents.userDeleted:
      entry.account = .gone
    case SessionEvents.userCreated, SessionEvents.userUpdated:
      // Without an epoch no session has ended.
      guard let epoch = SessionEvents.epoch(in: payload) else { return }
      entry.account = .epoch(epoch)
    case SessionEvents.sessionRevoked:
      guard let session = SessionEvents.session(in: payload) else { return }
      entry.end(session)
    default: return
    }
    entry.newest = max(entry.newest, event.occurredAt.secondsSinceEpoch)
    entry.notedAt = second
    entries[userID] = entry
    if entries.count > maximumUsers { forgetOldest() }
  }

  /// Forgets the entries whose tokens have expired meanwhile, at a second of the monotonic clock. The moment that an event
  /// names does not count: its service's clock may be behind, and the tokens may live.
  mutating func forgetExpired(at second: Int64) {
    let oldest = second - Self.memorySeconds
    guard entries.contains(where: { $0.value.notedAt < oldest }) else { return }
    entries = entries.filter { $0.value.notedAt >= oldest }
  }

  /// Forgets the older half. Tokens that were signed before the newest forgotten event are refused instead.
  private mutating func forgetOldest() {
    let moments = entries.values.map(\.newest).sorted()
    floor = max(floor, moments[moments.count / 2] + 1)
    entries = entries.filter { $0.value.newest >= floor }
  }
}
