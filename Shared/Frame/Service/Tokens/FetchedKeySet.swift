import Clock
import EventLoop
import Identity
import Logging
import Synchronization

/// A public key set that the service fetches from its issuer. It fetches the set again when a token names an unknown
/// key, and when the set has grown old: a withdrawn key must not stay valid for ever.
///
/// Made-up key names must not flood the issuer. A pause always lies between two fetches, even after a failed one;
/// of many callers at once, one fetches and the others wait for its result.
final class FetchedKeySet: TokenVerifierSource {
  /// How long the issuer may take.
  static let timeoutMilliseconds = 2000
  /// The shortest time between two fetches.
  static let pauseNanoseconds: UInt64 = 5_000_000_000
  /// The age at which the set is fetched again; the issuer's `Cache-Control` names the same time.
  static let maximumAgeNanoseconds: UInt64 = 300_000_000_000

  private struct State {
    var verifier = TokenVerifier(keySet: JWKS(keys: []))
    var mayFetchAt: UInt64 = 0
    var growsOldAt: UInt64 = .max
    var fetching: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let logger: Logger
  private let nanoseconds: @Sendable () -> UInt64
  private let fetch: @Sendable () async -> JWKS?

  init(
    logger: Logger, nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() },
    fetch: @escaping @Sendable () async -> JWKS?
  ) {
    self.logger = logger
    self.nanoseconds = nanoseconds
    self.fetch = fetch
  }

  /// Checks tokens with the newest keys. Keys that have grown old serve until the next set arrives.
  var verifier: TokenVerifier {
    let now = nanoseconds()
    let (verifier, isOld) = state.withLock { ($0.verifier, now >= $0.growsOldAt) }
    if isOld { _ = fetchingTask(at: now) }
    return verifier
  }

  /// Fetches the set, unless the last attempt was a moment ago, and answers the verifier of newer keys.
  func verifier(newerThan verifier: TokenVerifier) async -> TokenVerifier? {
    await refresh()
    let newest = state.withLock { $0.verifier }
    return newest === verifier ? nil : newest
  }

  /// Fetches the set, or waits for a fetch that is under way; returns at once when the last attempt was a moment ago.
  /// Known keys stay until newer keys arrive.
  func refresh() async {
    await fetchingTask(at: nanoseconds())?.value
  }

  private func fetchingTask(at now: UInt64) -> Task<Void, Never>? {
    state.withLock { state in
      if let task = state.fetching { return task }
      guard now >= state.mayFetchAt else { return nil }
      state.mayFetchAt = now + Self.pauseNanoseconds
      let task = Task { await self.replaceKeys() }
      state.fetching = task
      return task
    }
  }

  private func replaceKeys() async {
    let keySet = await fetch()
    let growsOldAt = nanoseconds() + Self.maximumAgeNanoseconds
    state.withLock { state in
      state.fetching = nil
      guard let keySet else { return }
      state.verifier = TokenVerifier(keySet: keySet)
      state.growsOldAt = growsOldAt
    }
    if let keySet {
      logger.info("public key set fetched", metadata: ["keys": "\(keySet.keysByID.count)"])
    } else {
      logger.warning("public key set not fetched")
    }
  }
}
