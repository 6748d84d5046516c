import EventLoop
import Identity
import Logging
import Synchronization

/// A public key set that is fetched, and fetched again when a token names a key that is not in it.
///
/// Made-up key names must not become a way to keep the issuer busy: between two fetches lies a pause, whatever the
/// first one gave, and of many who ask at once one fetches.
final class FetchedKeySet: Sendable {
  /// How long the issuer may take.
  static let timeoutMilliseconds = 2000
  /// The shortest time between two fetches.
  static let pauseNanoseconds: UInt64 = 5_000_000_000

  private struct State {
    var verifier = TokenVerifier(keySet: JWKS(keys: []))
    var mayFetchAt: UInt64 = 0
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

  /// Checks tokens with the newest keys.
  var verifier: TokenVerifier { state.withLock { $0.verifier } }

  /// Fetches the set, unless that was tried a moment ago; keys that are known stay until there are new ones.
  func refresh() async {
    let now = nanoseconds()
    let isDue = state.withLock { state in
      guard now >= state.mayFetchAt else { return false }
      state.mayFetchAt = now + Self.pauseNanoseconds
      return true
    }
    guard isDue else { return }
    guard let keySet = await fetch() else {
      return logger.warning("the public key set could not be fetched")
    }
    logger.info("public key set fetched", metadata: ["keys": "\(keySet.keysByID.count)"])
    state.withLock { $0.verifier = TokenVerifier(keySet: keySet) }
  }
}
