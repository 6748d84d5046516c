import Cache
import Cryptography
import HTTP
import Routing
import Transport

/// Slows password guessing down, and locks no account.
///
/// Three counts of failed sign-ins within a window decide: of one source for one account, of one source for all accounts,
/// and of one account from all sources. Beyond a limit a source has one attempt in each pause, and `Retry-After` counts
/// down to its end. A source without failures is never slowed for the guesses of others: the owner signs in from another
/// address while a stranger guesses. And a source is not slowed for an account that it has signed in to lately, unless by
/// failures for that account: many people behind one address sign in while one of them guesses.
///
/// The site of an IPv6 source has counts too, with the limits of several networks: a subscriber with a thousand networks would
/// otherwise have a thousand times the guesses.
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
  func check(email: String, from source: ClientSource) async throws(Problem) -> Permit {
    for counted in source.counted {
      let isLimited = await counts.count(sourceKey(counted.source)) >= failuresOfSource * counted.networks
      if isLimited, await !knows(source, email: email) {
        try await passPause("sign-in-pause-of-source", "\(counted.source)", seconds: Self.sourcePauseSeconds)
      }
    }
    guard let limited = await limitedSource(email, source) else { return .usual }
    try await passPause("sign-in-pause", pair(email, limited), seconds: Self.pauseSeconds)
    return .afterPause
  }

  /// Whether the source has signed in to the account lately.
  func knows(_ source: ClientSource, email: String) async -> Bool {
    await counts.remembers(acquaintanceKey(email, source))
  }

  /// Refuses a correct password when the limit was reached while it was checked: concurrent guesses may have failed.
  func confirm(_ permit: Permit, email: String, from source: ClientSource) async throws(Problem) {
    guard permit == .usual, await limitedSource(email, source) != nil else { return }
    throw refusal(Self.pauseSeconds)
  }

  /// Counts a failure; beyond the limit the refusal replaces the answer to the guess.
  func recordFailure(_ permit: Permit = .usual, email: String, from source: ClientSource)
    async throws(Problem)
  {
    for (source, _) in source.counted { await counts.add(sourceKey(source)) }
    await counts.add(accountKey(email))
    let count = await counts.add(pairKey(email, source))
    if source.site != source { await counts.add(pairKey(email, source.site)) }
    guard permit == .usual, count >= Self.maximumFailures else { return }
    // The first pause begins with the last free attempt.
    let rest = await counts.secondsOfPause(
      "sign-in-pause", SHA256.hex(pair(email, source)), seconds: Self.pauseSeconds)
    if count > Self.maximumFailures { throw refusal(rest ?? Self.pauseSeconds) }
  }

  /// Forgets the failures of this source for this account, whose password it has. Those for other accounts stay: a guesser
  /// may have an account too.
  func reset(email: String, from source: ClientSource) async {
    await counts.remember(acquaintanceKey(email, source), seconds: Self.acquaintanceSeconds)
    await counts.remove(pairKey(email, source))
    await counts.remove(key("sign-in-pause", pair(email, source)))
  }

  /// The source or its site, whose failures for the account have reached a limit; nil where none have.
  private func limitedSource(_ email: String, _ source: ClientSource) async -> ClientSource? {
    let count = await counts.count(pairKey(email, source))
    if count >= Self.maximumFailures { return source }
    if await isLimited(source.site, of: source, email) { return source.site }
    guard count > 0, await counts.count(accountKey(email)) >= Self.maximumFailuresOfAccount else {
      return nil
    }
    return source
  }

  private func isLimited(_ site: ClientSource, of source: ClientSource, _ email: String) async -> Bool {
    let limit = Self.maximumFailures * ClientSource.networksOfSite
    guard site != source, await counts.count(pairKey(email, site)) >= limit else { return false }
    return await !knows(source, email: email)
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

  private func pair(_ email: String, _ source: ClientSource) -> String { "\(source) \(email)" }
  private func pairKey(_ email: String, _ source: ClientSource) -> CacheKey {
    key("sign-in-failures", pair(email, source))
  }
  private func acquaintanceKey(_ email: String, _ source: ClientSource) -> CacheKey {
    key("signed-in-from", pair(email, source))
  }
  private func accountKey(_ email: String) -> CacheKey { key("sign-in-failures-of-account", email) }
  private func sourceKey(_ source: ClientSource) -> CacheKey {
    key("sign-in-failures-of-source", "\(source)")
  }

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
  func check(from source: ClientSource) async throws(Problem) -> RateLimit {
    var remaining = Int.max
    var rest: Int?
    for (source, networks) in source.counted {
      let digest = SHA256.hex("\(source)")
      let left = signUps * Int(networks) - Int(await counts.add(counts.cache.key("sign-ups", digest)))
      remaining = min(remaining, max(0, left))
      guard left < 0 else { continue }
      rest = await counts.secondsOfPause("sign-up-pause", digest, seconds: Self.pauseSeconds) ?? rest
    }
    let limit = RateLimit(
      "sign-ups", quota: signUps, windowSeconds: AttemptCounts.windowSeconds, remaining: remaining)
    guard let rest else { return limit }
    throw .tooManyRequests("too many sign-ups", retryAfterSeconds: rest, limit: limit)
  }
}
