import Clock
import EventLoop
import Identity
import Logging
import Synchronization

/// A public key set that is fetched, and fetched again when a token names a key that is not in it, or when the set has
/// grown old: a key that its issuer has withdrawn must not be believed for ever.
///
/// Made-up key names must not become a way to keep the issuer busy: between two fetches lies a pause, whatever the
/// first one gave, and of many who ask at once one fetches and the others wait for what it brings.
final class FetchedKeySet: Sendable {
  /// How long the issuer may take.
  static let timeoutMilliseconds = 2000
  /// The shortest time between two fetches.
  static let pauseNanoseconds: UInt64 = 5_000_000_000
  /// How old a set may grow before it is fetched again; the issuer says the same in its `Cache-Control`.
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

  /// Checks tokens with the newest keys. Keys that have grown old are used once more while others are on their way.
  var verifier: TokenVerifier {
    let now = nanoseconds()
    let (verifier, isOld) = state.withLock { ($0.verifier, now >= $0.growsOldAt) }
    if isOld { _ = fetchingTask(at: now) }
    return verifier
  }

  /// Fetches the set, or waits for whoever does so already; returns at once where that was tried a moment ago. Keys
  /// that are known stay until there are new ones.
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
      logger.warning("the public key set could not be fetched")
    }
  }
}
