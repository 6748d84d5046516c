import Clock
import HTTP
import Routing
import Synchronization

/// Limits the changes of one user: each leaves rows that stay, and work for the one reader of the event log.
///
/// A user has the changes of a minute at once, and gets them back evenly over a minute. All loops of a process share the
/// counts, and no other process does: a change waits for nothing.
package final class ChangeLimit: Sendable {
  static let windowSeconds = 60
  private static let window = UInt64(windowSeconds) * 1_000_000_000
  /// The users among whom those without a recent change are looked for first.
  private static let firstSweep = 1_024

  private struct Users {
    /// When each user has all changes of a window again; a moment that has passed says nothing, and is dropped in time.
    var wholeAt: [Int64: UInt64] = [:]
    var sweepAt = ChangeLimit.firstSweep

    mutating func set(_ moment: UInt64, of user: Int64, at now: UInt64) {
      wholeAt[user] = moment
      guard wholeAt.count >= sweepAt else { return }
      wholeAt = wholeAt.filter { $0.value > now }
      sweepAt = max(ChangeLimit.firstSweep, 2 * wholeAt.count)
    }
  }

  private let changes: Int
  private let interval: UInt64
  private let nanoseconds: @Sendable () -> UInt64
  private let users = Mutex(Users())

  /// So many changes of each user in a minute.
  package init(
    changes: Int,
    nanoseconds: @escaping @Sendable () -> UInt64 = MonotonicClock.coarseNanoseconds
  ) {
    self.changes = changes
    interval = Self.window / UInt64(changes)
    self.nanoseconds = nanoseconds
  }

  /// The number of users with an entry.
  var userCount: Int { users.withLock { $0.wholeAt.count } }

  /// Takes one change of a user, and refuses it where none is left. Changes at the same moment cannot share one.
  package func take(_ user: Int64) throws(Problem) {
    let now = nanoseconds()
    let wait: UInt64? = users.withLock { users in
      let next = max(users.wholeAt[user] ?? 0, now) + interval
      guard next - now <= Self.window else { return next - now - Self.window }
      users.set(next, of: user, at: now)
      return nil
    }
    guard let wait else { return }
    let seconds = Int((wait + 999_999_999) / 1_000_000_000)
    throw .tooManyRequests(
      "too many changes by one user", retryAfterSeconds: seconds,
      limit: RateLimit("changes", quota: changes, windowSeconds: Self.windowSeconds, remaining: 0))
  }

  /// Gives back a change that was taken.
  package func giveBack(_ user: Int64) {
    users.withLock { users in
      guard let wholeAt = users.wholeAt[user] else { return }
      users.wholeAt[user] = wholeAt - min(wholeAt, interval)
    }
  }
}

/// Holds the changes of signed-in users to their ``ChangeLimit``. It follows the authentication.
///
/// Each change counts whose session was found to go on, with any answer of the handler: also a 404, 412 or 422.
struct ChangeLimitMiddleware: Middleware {
  let limit: ChangeLimit

  func concerns(_ route: RouteDescription) -> Bool { route.access != .anyone }

  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
    guard !request.method.onlyReads, let user = context.principal?.userID else {
      return try await next(request, context)
    }
    try limit.take(user)
    // The handler checks the session: a token that was signed out must use up nothing of its user's.
    defer { if let proof = context.sessionProof, !proof.holds { limit.giveBack(user) } }
    return try await next(request, context)
  }
}
