import Clock
import EventLoop
import Identity
import Logging
import Synchronization

/// A public key set that the service fetches from its issuer or reads from a file. It fetches the set again when a token names an unknown
/// key, and when the set has grown old: a withdrawn key must not stay valid for ever.
///
/// Made-up key names must not flood the issuer, nor make an issuer that hangs hold up the requests of others. A pause always
/// lies between two fetches, even after a failed one. Of many callers at once, one fetches and a few wait for its result; after
/// a failed fetch none does.
final class FetchedKeySet: TokenVerifierSource {
  /// How long the issuer may take.
  static let timeoutMilliseconds = 2000
  /// The most requests of the process that wait for a fetch. Others get their answer from the keys of before.
  static let maximumWaiting = 64
  /// The shortest time between two fetches.
  static let pauseNanoseconds: UInt64 = 5_000_000_000
  /// The age at which the set is fetched again; the issuer's `Cache-Control` names the same time.
  static let maximumAgeNanoseconds: UInt64 = 300_000_000_000
  /// The same for a file, which costs no request.
  static let maximumAgeOfFileNanoseconds: UInt64 = 10_000_000_000

  private struct State {
    var verifier = TokenVerifier(keySet: JWKS(keys: []))
    /// The document of the verifier's keys.
    var document: [UInt8] = []
    var mayFetchAt: UInt64 = 0
    var growsOldAt: UInt64 = .max
    var fetching: Task<Void, Never>?
    /// Whether the last fetch has failed.
    var hasFailed = false
    /// The requests that wait for the fetch.
    var waiting = 0
  }

  private let state = Mutex(State())
  /// The file or the URL, for the log.
  private let source: String
  private let logger: Logger
  private let nanoseconds: @Sendable () -> UInt64
  private let maximumAge: UInt64
  private let fetch: @Sendable () async -> Result<JWKS, KeySetRefusal>

  init(
    of source: String, startingWith first: JWKS? = nil,
    maximumAgeNanoseconds: UInt64 = FetchedKeySet.maximumAgeNanoseconds,
    logger: Logger,
    nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() },
    fetch: @escaping @Sendable () async -> Result<JWKS, KeySetRefusal>
  ) {
    self.source = source
    maximumAge = maximumAgeNanoseconds
    self.logger = logger
    self.nanoseconds = nanoseconds
    self.fetch = fetch
    if let first { _ = take(first) }
  }

  /// Checks tokens with the newest keys. Keys that have grown old serve until the next set arrives.
  var verifier: TokenVerifier {
    let now = nanoseconds()
    let (verifier, isOld) = state.withLock { ($0.verifier, now >= $0.growsOldAt) }
    if isOld { _ = fetchingTask(at: now) }
    return verifier
  }

  /// Fetches the set, unless the last attempt was a moment ago, and answers the verifier of newer keys. Anyone can send a token
  /// of an unknown key, so that few callers wait for the fetch.
  func verifier(newerThan verifier: TokenVerifier) async -> TokenVerifier? {
    if let fetch = fetchingTask(at: nanoseconds()), enter() {
      await fetch.value
      state.withLock { $0.waiting -= 1 }
    }
    let newest = state.withLock { $0.verifier }
    return newest === verifier ? nil : newest
  }

  /// Fetches the set, or waits for a fetch that is under way; returns at once when the last attempt was a moment ago.
  /// Known keys stay until newer keys arrive.
  func refresh() async {
    await fetchingTask(at: nanoseconds())?.value
  }

  /// Takes a place of those that wait for a fetch.
  private func enter() -> Bool {
    state.withLock { state in
      guard !state.hasFailed, state.waiting < Self.maximumWaiting else { return false }
      state.waiting += 1
      return true
    }
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
    let result = await fetch()
    let isNew = (try? result.get()).map(take) ?? false
    let hasFailed = if case .failure = result { true } else { false }
    let hasKeys = state.withLock { state in
      state.fetching = nil
      state.hasFailed = hasFailed
      return !state.document.isEmpty
    }
    switch result {
    case .success(let keySet):
      guard isNew else { return }
      logger.info(
        "public key set fetched", metadata: ["keys": "\(keySet.keysByID.count)", "source": "\(source)"])
    case .failure(let refusal):
      logger.warning(
        "public key set not fetched",
        metadata: [
          "source": "\(source)", "reason": "\(refusal.reason)",
          "next": hasKeys ? "the keys of before stay in use" : "no token is accepted until a set is fetched",
        ])
    }
  }

  /// Checks with these keys from now on; false where they are those of before, whose verified tokens stay remembered.
  private func take(_ keySet: JWKS) -> Bool {
    let (document, growsOldAt) = (keySet.document(), nanoseconds() + maximumAge)
    return state.withLock { state in
      state.growsOldAt = growsOldAt
      guard state.document != document else { return false }
      state.document = document
      state.verifier = TokenVerifier(keySet: keySet)
      return true
    }
  }
}

/// Why a file or an issuer has no usable key set.
struct KeySetRefusal: Error, Sendable, Hashable {
  /// A sentence without content of the set and without secrets of the source.
  let reason: String
}
