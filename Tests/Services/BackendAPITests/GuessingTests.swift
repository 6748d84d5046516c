import Cache
import Clock
import HTTP
import MemoryCache
import Routing
import Schema
import TestSupport
import Testing
import Transport

@testable import backend_api

/// Guessing slows the guesser down, and no other client.
@Suite struct GuessingTests {
  private static let stranger = ClientSource("203.0.113.9")
  private static let owner = ClientSource("198.51.100.7")

  @Test func `the owner signs in from another address while a stranger guesses`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      _ = try await backend.signUp()
      for _ in 0..<10 {
        #expect(try await backend.signIn(password: "a wild guess", from: "\(Self.stranger)") == .unauthorized)
      }
      #expect(
        try await backend.signIn(password: "a wild guess", from: "\(Self.stranger)") == .tooManyRequests)
      #expect(try await backend.signIn(from: "\(Self.stranger)") == .tooManyRequests)
      #expect(try await backend.signIn(from: "\(Self.owner)") == .created)
      #expect(
        try await backend.signIn(password: "a wild guess", from: "\(Self.stranger)") == .tooManyRequests)
    }
  }

  @Test func `one source that tries many accounts is slowed, and others are not`() async throws {
    try await Self.withThrottle(failuresOfSource: 20) { throttle, clock in
      for number in 0..<20 { try await Self.fail(throttle, "user-\(number)@example.org", Self.stranger) }
      _ = try await throttle.check(email: "next@example.org", from: Self.stranger)
      let refusal = await #expect(throws: Problem.self) {
        try await throttle.check(email: "another@example.org", from: Self.stranger)
      }
      #expect(refusal?.status == .tooManyRequests)
      #expect(try await throttle.check(email: "user-1@example.org", from: Self.owner) == .usual)
    }
  }

  @Test func `behind a shared address, a guesser slows no account that has signed in from there`()
    async throws
  {
    try await Self.withThrottle(failuresOfSource: 20) { throttle, _ in
      let shared = Self.stranger
      await throttle.reset(email: "ada@example.org", from: shared)
      for number in 0..<20 { try await Self.fail(throttle, "user-\(number)@example.org", shared) }
      for _ in 0..<3 { #expect(try await throttle.check(email: "ada@example.org", from: shared) == .usual) }
      // The guesser takes the only attempt of the pause; those for other accounts wait.
      _ = try await throttle.check(email: "next@example.org", from: shared)
      await #expect(throws: Problem.self) { try await throttle.check(email: "bob@example.org", from: shared) }
      // Guesses at the known account itself have its limit.
      for _ in 0..<10 { try await Self.fail(throttle, "ada@example.org", shared) }
      await #expect(throws: Problem.self) { try await throttle.check(email: "ada@example.org", from: shared) }
    }
  }

  @Test func `Retry-After counts down, and after it one attempt is free`() async throws {
    try await Self.withThrottle { throttle, clock in
      for _ in 0..<10 { try await Self.fail(throttle, "ada@example.org", Self.stranger) }
      #expect(await Self.retryAfter(throttle) == "30")
      clock.advance(seconds: 12)
      #expect(await Self.retryAfter(throttle) == "18")
      clock.advance(seconds: 17)
      #expect(await Self.retryAfter(throttle) == "1")
    }
  }

  @Test func `a correct password in the attempt after a pause counts, although guesses failed before`()
    async throws
  {
    try await Self.withThrottle { throttle, clock in
      for _ in 0..<10 { try await Self.fail(throttle, "ada@example.org", Self.stranger) }
      try await throttle.confirm(.afterPause, email: "ada@example.org", from: Self.stranger)
      await #expect(throws: Problem.self) {
        try await throttle.confirm(.usual, email: "ada@example.org", from: Self.stranger)
      }
      await throttle.reset(email: "ada@example.org", from: Self.stranger)
      #expect(try await throttle.check(email: "ada@example.org", from: Self.stranger) == .usual)
    }
  }

  @Test
  func
    `an account that many sources guess at slows each source after one failure, and no source without one`()
    async throws
  {
    try await Self.withThrottle { throttle, _ in
      for number in 0..<50 {
        try await Self.fail(throttle, "ada@example.org", ClientSource("192.0.2.\(number)"))
      }
      #expect(
        try await throttle.check(email: "ada@example.org", from: ClientSource("192.0.2.1")) == .afterPause)
      await #expect(throws: Problem.self) {
        try await throttle.check(email: "ada@example.org", from: ClientSource("192.0.2.1"))
      }
      #expect(try await throttle.check(email: "ada@example.org", from: Self.owner) == .usual)
      #expect(try await throttle.check(email: "bob@example.org", from: ClientSource("192.0.2.1")) == .usual)
    }
  }

  @Test func `sign-ups of one source are limited, and those of others go on`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let throttle = backend.users.throttle
      for _ in 0..<20 { try await throttle.check(from: Self.stranger) }
      try await throttle.check(from: Self.stranger)
      let refusal = await #expect(throws: Problem.self) {
        try await backend.signUp("late@example.org", from: "\(Self.stranger)")
      }
      #expect(refusal?.status == .tooManyRequests)
      #expect(refusal?.headers.contains { $0.name == "Retry-After" } == true)
      #expect(try await backend.signUp("early@example.org", from: "\(Self.owner)") > 0)
    }
  }

  @Test func `the networks of one IPv6 site have the guesses of eight at one account, and others go on`()
    async throws
  {
    try await Self.withThrottle { throttle, _ in
      let limit = SignInThrottle.maximumFailures * ClientSource.networksOfSite
      for number in 0..<limit { try await Self.fail(throttle, "ada@example.org", Self.network(number)) }
      #expect(try await throttle.check(email: "ada@example.org", from: Self.network(999)) == .afterPause)
      await #expect(throws: Problem.self) {
        try await throttle.check(email: "ada@example.org", from: Self.network(1_000))
      }
      #expect(try await throttle.check(email: "ada@example.org", from: Self.owner) == .usual)
      #expect(try await throttle.check(email: "bob@example.org", from: Self.network(1_000)) == .usual)
      await throttle.reset(email: "ada@example.org", from: Self.network(2_000))
      #expect(try await throttle.check(email: "ada@example.org", from: Self.network(2_000)) == .usual)
    }
  }

  @Test func `the networks of one IPv6 site have the failures of eight for all accounts`() async throws {
    try await Self.withThrottle(failuresOfSource: 2) { throttle, _ in
      for number in 0..<(2 * ClientSource.networksOfSite) {
        try await Self.fail(throttle, "user-\(number)@example.org", Self.network(number))
      }
      _ = try await throttle.check(email: "next@example.org", from: Self.network(999))
      await #expect(throws: Problem.self) {
        try await throttle.check(email: "another@example.org", from: Self.network(1_000))
      }
      #expect(try await throttle.check(email: "another@example.org", from: Self.owner) == .usual)
    }
  }

  @Test func `sign-ups of one IPv6 site have the limit of eight networks`() async throws {
    try await Self.withThrottle { throttle, _ in
      let signUps = SignUpThrottle(counts: throttle.counts, signUps: 2)
      var left = 0
      for number in 0..<(2 * ClientSource.networksOfSite) {
        left = try await signUps.check(from: Self.network(number)).remaining
      }
      #expect(left == 0)
      _ = try await signUps.check(from: Self.network(999))
      await #expect(throws: Problem.self) { try await signUps.check(from: Self.network(1_000)) }
      #expect(try await signUps.check(from: Self.owner).remaining == 1)
    }
  }

  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
    ("192.0.2.1", "::ffff:192.0.2.1", true),
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
  ])
  func `a source is an IPv4 address, or a network of IPv6`(_ one: String, _ other: String, _ isSame: Bool) {
    #expect((ClientSource(one) == ClientSource(other)) == isSame)
  }

  /// A network of one site.
  private static func network(_ number: some BinaryInteger) -> ClientSource {
    ClientSource("2001:db8:1:\(String(number, radix: 16))::1")
  }

  private static func fail(_ throttle: SignInThrottle, _ email: String, _ source: ClientSource) async throws {
    try await throttle.recordFailure(email: email, from: source)
  }

  private static func retryAfter(_ throttle: SignInThrottle) async -> String? {
    let refusal = await #expect(throws: Problem.self) {
      try await throttle.check(email: "ada@example.org", from: stranger)
    }
    return refusal?.headers.first { $0.name == "Retry-After" }?.value
  }

  private static func withThrottle(
    failuresOfSource: Int = 1_000, _ body: (SignInThrottle, TestClock) async throws -> Void
  ) async throws {
    let clock = TestClock(standingAt: Timestamp(secondsSinceEpoch: 1_000_000))
    let counts = AttemptCounts(
      cache: BackendUnderTest.cache(.readWrite), uncounted: BackendUnderTest.cache(.readWrite),
      currentTime: { clock.now })
    try await body(SignInThrottle(counts: counts, failuresOfSource: failuresOfSource), clock)
  }
}
