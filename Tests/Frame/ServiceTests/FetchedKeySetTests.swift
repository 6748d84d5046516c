import Cryptography
import DatabaseTestSupport
import HTTP
import Identity
import Logging
import Routing
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Service

@Suite struct FetchedKeySetTests {
  private let old: Ed25519.PrivateKey
  private let new: Ed25519.PrivateKey
  private let published = Published()
  private let time = Time()

  init() throws {
    old = try .generate()
    new = try .generate()
  }

  private final class Published: Sendable {
    let state = Mutex((keySet: JWKS?.none, fetches: 0))
    var fetches: Int { state.withLock { $0.fetches } }
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func increment() { value.withLock { $0 += 1 } }
  }

  private final class Time: Sendable {
    let nanoseconds = Mutex<UInt64>(0)
  }

  private var keySet: FetchedKeySet {
    FetchedKeySet(
      of: "a test",
      logger: Logger.program("test", settings: LogSettings(format: .text), sink: LogSink { _ in }),
      nanoseconds: { [time] in time.nanoseconds.withLock { $0 } }
    ) { [published] in
      published.state.withLock { state in
        state.fetches += 1
        return Self.result(state.keySet)
      }
    }
  }

  private static func result(_ keySet: JWKS?) -> Result<JWKS, KeySetRefusal> {
    keySet.map { .success($0) } ?? .failure(KeySetRefusal(reason: "none"))
  }

  private func publish(_ keys: Ed25519.PrivateKey...) {
    published.state.withLock { $0.keySet = JWKS(keys: keys.map(\.publicKey)) }
  }

  private func passTime() {
    time.nanoseconds.withLock { $0 += FetchedKeySet.pauseNanoseconds }
  }

  /// The answer to a token of `key`; `verifications` counts how often the token was verified for it.
  private func status(
    _ key: Ed25519.PrivateKey, _ keySet: FetchedKeySet, access: Access = .signedIn,
    verifications: Counter = Counter()
  ) async throws -> Status {
    let token = TokenIssuer(privateKey: key).issue(
      userID: 1, sessionID: 1, role: .member, binding: TokenBinding(installation: "ours", epoch: "first"),
      lifetimeSeconds: 60, now: 1000)
    // Each verification reads the clock once.
    let middleware = AuthenticationMiddleware(
      verifiers: keySet,
      now: {
        verifications.increment()
        return 1001
      }, revocation: RevokedSessions())
    var router = Router(middleware: [middleware])
    router.get("/a", summary: "a", access: access) { _, _ in .noContent() }
    let request = try Request(.get, "/a", headers: ["Authorization": "Bearer \(token)"])
    return await router.build().respond(to: request).status
  }

  @Test(.timeLimit(.minutes(8)))
  func `a file that does not answer holds up no request, and the keys of before stay`() async throws {
    let mayAnswer = StopFlag()
    let file = TokenAuthority.following(
      "/keys", startingWith: JWKS(keys: [old.publicKey]),
      logger: Logger.program("test", settings: LogSettings(format: .text), sink: LogSink { _ in }),
      reading: BoundedReading(seconds: 0.05)
    ) {
      #expect(waitUntil { mayAnswer.isSet })
      return Self.result(nil)
    }
    #expect(try await status(new, file) == .unauthorized)
    #expect(try await status(old, file) == .noContent)
    mayAnswer.set()
  }

  @Test func `a token of a newly published key is accepted after one fetch`() async throws {
    let keySet = keySet
    publish(old)
    #expect(try await status(old, keySet) == .noContent)
    publish(old, new)
    passTime()
    #expect(try await status(new, keySet) == .noContent)
    #expect(published.fetches == 2)
    #expect(try await status(old, keySet) == .noContent)
    #expect(published.fetches == 2)
  }

  @Test func `a token is verified once, and again only with newer keys`() async throws {
    let keySet = keySet
    publish(old)
    let (first, known, unknown, later) = (Counter(), Counter(), Counter(), Counter())
    #expect(try await status(old, keySet, verifications: first) == .noContent)
    #expect(first.count == 2)
    #expect(try await status(old, keySet, verifications: known) == .noContent)
    #expect(known.count == 1)
    #expect(try await status(new, keySet, verifications: unknown) == .unauthorized)
    #expect(unknown.count == 1)
    publish(old, new)
    passTime()
    #expect(try await status(new, keySet, verifications: later) == .noContent)
    #expect(later.count == 2)
    #expect(published.fetches == 2)
  }

  @Test func `made-up keys cause at most one fetch in a pause`() async throws {
    let keySet = keySet
    publish(old)
    for _ in 0..<5 { #expect(try await status(new, keySet) == .unauthorized) }
    #expect(published.fetches == 1)
    passTime()
    #expect(try await status(new, keySet) == .unauthorized)
    #expect(published.fetches == 2)
  }

  @Test func `known keys stay valid while the issuer is unreachable`() async throws {
    let keySet = keySet
    publish(old)
    #expect(try await status(old, keySet) == .noContent)
    published.state.withLock { $0.keySet = nil }
    passTime()
    #expect(try await status(new, keySet) == .unauthorized)
    #expect(try await status(old, keySet) == .noContent)
  }

  @Test func `a public route never causes a fetch`() async throws {
    #expect(try await status(new, keySet, access: .anyone) == .noContent)
    #expect(published.fetches == 0)
  }

  @Test func `a withdrawn key is accepted only until the set has grown old`() async throws {
    let keySet = keySet
    publish(old, new)
    #expect(try await status(old, keySet) == .noContent)
    publish(new)
    time.nanoseconds.withLock { $0 += FetchedKeySet.maximumAgeNanoseconds }
    try await eventually("the withdrawn key is refused") {
      try await status(old, keySet) == .unauthorized
    }
    #expect(try await status(new, keySet) == .noContent)
  }

  @Test func `a file that changed is read again when its keys have grown old, and one that did not stays`()
    async throws
  {
    let file = FetchedKeySet(
      of: "/keys", startingWith: JWKS(keys: [old.publicKey]),
      maximumAgeNanoseconds: FetchedKeySet.pauseNanoseconds,
      logger: .silent, nanoseconds: { [time] in time.nanoseconds.withLock { $0 } }
    ) { [published] in Self.result(published.state.withLock { $0.keySet }) }
    let first = file.verifier
    publish(old)
    passTime()
    await file.refresh()
    #expect(file.verifier === first)
    publish(new)
    passTime()
    try await eventually("the new key is accepted") { try await status(new, file) == .noContent }
    #expect(try await status(old, file) == .unauthorized)
  }

  @Test func `of many requests at once one fetches, and all use its result`() async throws {
    let arrived = AsyncBox<Bool>()
    let keys = JWKS(keys: [new.publicKey])
    let fetches = Mutex(0)
    let keySet = FetchedKeySet(of: "a test", logger: .silent) {
      fetches.withLock { $0 += 1 }
      _ = try? await arrived.value()
      return .success(keys)
    }
    try await withThrowingTaskGroup(of: Status.self) { group in
      for _ in 0..<8 { group.addTask { try await status(new, keySet) } }
      try await eventually("the fetch has begun") { fetches.withLock { $0 } == 1 }
      arrived.set(true)
      for try await status in group { #expect(status == .noContent) }
    }
    #expect(fetches.withLock { $0 } == 1)
  }

  /// A fetch that does not end until the box has the result of all.
  private func hanging(_ fetches: Counter, until answer: AsyncBox<Result<JWKS, KeySetRefusal>>)
    -> FetchedKeySet
  {
    FetchedKeySet(
      of: "a test", logger: .silent, nanoseconds: { [time] in time.nanoseconds.withLock { $0 } }
    ) {
      fetches.increment()
      let result = try? await answer.value()
      return result ?? .failure(KeySetRefusal(reason: "no answer"))
    }
  }

  @Test func `while an issuer hangs, few requests with unknown keys wait for it`() async throws {
    let (fetches, answer, ended) = (Counter(), AsyncBox<Result<JWKS, KeySetRefusal>>(), Counter())
    let keySet = hanging(fetches, until: answer)
    let keys = JWKS(keys: [new.publicKey])
    try await withThrowingTaskGroup(of: Status.self) { group in
      for _ in 0..<100 {
        group.addTask {
          defer { ended.increment() }
          return try await status(new, keySet)
        }
      }
      try await eventually("most have their answer") { ended.count == 100 - FetchedKeySet.maximumWaiting }
      answer.set(.success(keys))
      let statuses = try await group.reduce(into: []) { $0.append($1) }
      #expect(statuses.count { $0 == .noContent } == FetchedKeySet.maximumWaiting)
      #expect(statuses.count { $0 == .unauthorized } == 100 - FetchedKeySet.maximumWaiting)
    }
    // Those that waited have left their places.
    #expect(fetches.count == 1)
    #expect(try await status(new, keySet) == .noContent)
  }

  @Test func `after a failed fetch no request waits for the next one, which still happens`() async throws {
    let (fetches, answer) = (Counter(), AsyncBox<Result<JWKS, KeySetRefusal>>())
    let keySet = hanging(fetches, until: answer)
    answer.set(.failure(KeySetRefusal(reason: "it is away")))
    await keySet.refresh()
    answer.clear()
    passTime()
    let ended = Counter()
    let waiting = Task {
      defer { ended.increment() }
      return try await status(new, keySet)
    }
    try await eventually("the answer during the fetch") { ended.count == 1 && fetches.count == 2 }
    #expect(try await waiting.value == .unauthorized)
    answer.set(.success(JWKS(keys: [new.publicKey])))
    try await eventually("the new key is accepted") { try await status(new, keySet) == .noContent }
    #expect(fetches.count == 2)
  }

  @Test func `a set that was not fetched is logged with its source and reason, and what holds until then`()
    async throws
  {
    let log = LogRecorder()
    let next = Mutex(Result<JWKS, KeySetRefusal>.failure(KeySetRefusal(reason: "it is away")))
    let keySet = FetchedKeySet(
      of: "https://issuer.test/keys", logger: log.logger,
      nanoseconds: { [time] in time.nanoseconds.withLock { $0 } }
    ) { next.withLock { $0 } }
    await keySet.refresh()
    #expect(log.values(of: "source") == ["https://issuer.test/keys"])
    #expect(log.values(of: "reason") == ["it is away"])
    #expect(log.values(of: "next") == ["no token is accepted until a set is fetched"])
    next.withLock { $0 = .success(JWKS(keys: [old.publicKey])) }
    passTime()
    await keySet.refresh()
    next.withLock { $0 = .failure(KeySetRefusal(reason: "it is broken")) }
    passTime()
    await keySet.refresh()
    #expect(log.values(of: "next").last == "the keys of before stay in use")
    #expect(log.values(of: "reason").last == "it is broken")
  }
}
