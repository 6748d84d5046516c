import Cache
import Cryptography
import HTTP
import Routing

/// Slows password guessing down, and locks no account.
///
/// Three counts of failed sign-ins within a window decide: of one source for one account, of one source for all accounts,
/// and of one account from all sources. Beyond a limit a source has one attempt in each pause, and `Retry-After` counts
/// down to its end. A source without failures is never slowed for the guesses of others: the owner signs in from another
/// address while a stranger guesses. And a source is not slowed for an account that it has signed in to lately, unless by
/// failures for that account: many people behind one address sign in while one of them guesses.
struct SignInThrottle: Sendable {
  /// Failures of one source for one account.
  static let maximumFailures: Int64 = 10
  /// The pause between two attempts of that source for that account afterwards.
  static let pauseSeconds = 30
  /// Failures for one account from all sources. Afterwards one failure of a source has the effect of the limit above.
  static let maximumFailuresOfAccount: Int64 = 50
  /// The default of `SIGN_IN_FAILURES`: failures of one source for all accounts.
  static let defaultFailuresOfSource = 30
  /// The pause between two attempts of that source afterwards.
  static let sourcePauseSeconds = 5
  /// How long a source counts as one of an account after a sign-in: 30 days.
  static let acquaintanceSeconds = 30 * 86_400

  /// One attempt that may go on.
  enum Permit: Sendable, Hashable {
    case usual
    /// The only one of its pause.
    case afterPause
  }

  let counts: AttemptCounts
  let failuresOfSource: Int64

  init(counts: AttemptCounts, failuresOfSource: Int = defaultFailuresOfSource) {
    self.counts = counts
    self.failuresOfSource = Int64(failuresOfSource)
  }

  /// Refuses an attempt within a pause. Call it before checking a password.
  func check(email: String, from source: String) async throws(Problem) -> Permit {
    let isLimited = await counts.count(sourceKey(source)) >= failuresOfSource
    if isLimited, await !counts.remembers(acquaintanceKey(email, source)) {
      try await passPause("sign-in-pause-of-source", source, seconds: Self.sourcePauseSeconds)
    }
    guard await hasReachedLimit(email, source) else { return .usual }
    try await passPause("sign-in-pause", pair(email, source), seconds: Self.pauseSeconds)
    return .afterPause
  }

  /// Refuses a correct password when the limit was reached while it was checked: concurrent guesses may have failed.
  func confirm(_ permit: Permit, email: String, from source: String) async throws(Problem) {
    guard permit == .usual, await hasReachedLimit(email, source) else { return }
    throw refusal(Self.pauseSeconds)
  }

  /// Counts a failure; beyond the limit the refusal replaces the answer to the guess.
  func recordFailure(_ permit: Permit = .usual, email: String, from source: String) async throws(Problem) {
    await counts.add(sourceKey(source))
    await counts.add(accountKey(email))
    let count = await counts.add(pairKey(email, source))
    guard permit == .usual, count >= Self.maximumFailures else { return }
    // The first pause begins with the last free attempt.
    let rest = await counts.secondsOfPause(
      "sign-in-pause", SHA256.hex(pair(email, source)), seconds: Self.pauseSeconds)
    if count > Self.maximumFailures { throw refusal(rest ?? Self.pauseSeconds) }
  }

  /// Forgets the failures of this source for this account, whose password it has. Those for other accounts stay: a guesser
  /// may have an account too.
  func reset(email: String, from source: String) async {
    await counts.remember(acquaintanceKey(email, source), seconds: Self.acquaintanceSeconds)
    await counts.remove(pairKey(email, source))
    await counts.remove(key("sign-in-pause", pair(email, source)))
  }

  private func hasReachedLimit(_ email: String, _ source: String) async -> Bool {
    let count = await counts.count(pairKey(email, source))
    if count >= Self.maximumFailures { return true }
    guard count > 0 else { return false }
    return await counts.count(accountKey(email)) >= Self.maximumFailuresOfAccount
  }

  private func passPause(_ name: String, _ subject: String, seconds: Int) async throws(Problem) {
    let rest = await counts.secondsOfPause(name, SHA256.hex(subject), seconds: seconds)
    if let rest { throw refusal(rest) }
  }

  private func refusal(_ seconds: Int) -> Problem {
    let limit = RateLimit(
      "failed-sign-ins", quota: Int(Self.maximumFailures), windowSeconds: AttemptCounts.windowSeconds,
      remaining: 0)
    return .tooManyRequests("too many failed sign-ins", retryAfterSeconds: seconds, limit: limit)
  }

  private func pair(_ email: String, _ source: String) -> String { "\(source) \(email)" }
  private func pairKey(_ email: String, _ source: String) -> CacheKey {
    key("sign-in-failures", pair(email, source))
  }
  private func acquaintanceKey(_ email: String, _ source: String) -> CacheKey {
    key("signed-in-from", pair(email, source))
  }
  private func accountKey(_ email: String) -> CacheKey { key("sign-in-failures-of-account", email) }
  private func sourceKey(_ source: String) -> CacheKey { key("sign-in-failures-of-source", source) }

  /// A digest, because cache keys may appear in the cache's log.
  private func key(_ name: String, _ subject: String) -> CacheKey {
    counts.cache.key(name, SHA256.hex(subject))
  }
}

/// Slows sign-ups of one source down, because each costs a hash and a row.
struct SignUpThrottle: Sendable {
  /// The default of `SIGN_UPS`: sign-ups of one source within the window.
  static let defaultSignUps = 300
  /// The pause between two sign-ups of that source afterwards.
  static let pauseSeconds = 10

  let counts: AttemptCounts
  let signUps: Int

  /// Counts a sign-up, and refuses it within a pause. Returns what is left.
  @discardableResult
  func check(from source: String) async throws(Problem) -> RateLimit {
    let digest = SHA256.hex(source)
    let count = Int(await counts.add(counts.cache.key("sign-ups", digest)))
    let limit = RateLimit(
      "sign-ups", quota: signUps, windowSeconds: AttemptCounts.windowSeconds,
      remaining: max(0, signUps - count))
    guard count > signUps else { return limit }
    let rest = await counts.secondsOfPause("sign-up-pause", digest, seconds: Self.pauseSeconds)
    guard let rest else { return limit }
    throw .tooManyRequests("too many sign-ups", retryAfterSeconds: rest, limit: limit)
  }
}
