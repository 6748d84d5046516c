import Cryptography
import DatabaseTestSupport
import Glibc
import HTTP
import Logging
import Routing
import Runtime
import Synchronization
import TestSupport
import Testing
import Transport

@testable import backend_api

/// What one source holds of the hashing threads.
@Suite struct HashShareTests {
  private static let stranger = ClientSource("203.0.113.9")
  private static let owner = ClientSource("198.51.100.7")
  private static let share = 4

  private struct NoMail: Mailer {
    func send(_ message: MailMessage) throws(MailError) {}
    func check() throws(MailError) {}
  }

  private final class Count: Sendable {
    private let counted = Atomic<Int>(0)
    var value: Int { counted.load(ordering: .sequentiallyConsistent) }
    func add() { counted.add(1, ordering: .sequentiallyConsistent) }
  }

  @Test func `a source holds its share of the hashes, and another source's hash begins beside it`()
    async throws
  {
    let queue = Self.queue()
    try await Self.occupying(queue, Self.stranger) {
      #expect((queue.refusal(of: Self.stranger) as? Problem)?.status == .serviceUnavailable)
      let begun = Count()
      let problem = await #expect(throws: Problem.self) {
        try await queue.run(for: Self.stranger) { begun.add() }
      }
      #expect(problem?.status == .serviceUnavailable)
      #expect(problem?.headers.contains { $0.name == "Retry-After" } == true)
      #expect(begun.value == 0, "no hash begins beyond the share")
      #expect(queue.refusal(of: Self.owner) == nil)
      let other = try await queue.run(for: Self.owner) { 1 }
      #expect(other == 1)
    }
    #expect(queue.refusal(of: Self.stranger) == nil)
    #expect(try await queue.run(for: Self.stranger) { 1 } == 1)
  }

  @Test func `a hash that fails and one whose client is gone give their places back`() async throws {
    let queue = HashQueue(concurrency: 1, waitLimitMilliseconds: 60_000, share: 2)
    for _ in 0..<3 {
      await #expect(throws: MailError.self) {
        try await queue.run(for: Self.owner) { throw MailError(description: "it failed") }
      }
    }
    let (begun, opened) = (Count(), Count())
    async let held: Void = queue.run(for: Self.stranger) {
      begun.add()
      while opened.value == 0 { usleep(500) }
    }
    try await eventually("the thread is busy") { begun.value == 1 }
    for _ in 0..<3 {
      let abandoned = Task { try await queue.run(for: Self.owner) { 1 } }
      abandoned.cancel()
      await #expect(throws: CancellationError.self) { _ = try await abandoned.value }
    }
    let waiting = Task { try await queue.run(for: Self.owner) { 1 } }
    #expect(queue.refusal(of: Self.owner) == nil)
    opened.add()
    try await held
    #expect(try await waiting.value == 1)
  }

  @Test func `the share is a quarter of what the queue takes within its time, and four at least`() {
    let time = 2_000
    // Before a hash was measured, each is taken for 50 ms: 40 for each thread beside those that run.
    #expect(HashQueue(concurrency: 2, waitLimitMilliseconds: time).share == 2 * (1 + 40) / 4)
    #expect(HashQueue(concurrency: 1, waitLimitMilliseconds: 100).share == HashQueue.minimumShare)
  }

  @Test func `the share shrinks where a hash takes long`() async throws {
    let queue = HashQueue(concurrency: 1, waitLimitMilliseconds: 4_000)
    let before = queue.share
    try await queue.run(for: Self.owner) { _ = usleep(200_000) }
    try await eventually("the duration is measured") { queue.share < before }
  }

  @Test func `every request that hashes is refused to a source at its limit, and served to another one`()
    async throws
  {
    let queue = Self.queue()
    try await BackendUnderTest.with(.sqlite, mailer: NoMail(), hashing: queue) { backend in
      let id = try await backend.signUp()
      // Requests without an address are of this source.
      try await Self.occupying(queue, ClientSource(nil)) {
        for (name, request) in Self.hashing(backend, id) {
          let status = try await BackendUnderTest.status(request)
          #expect(status == .serviceUnavailable, "\(name)")
        }
        let signIn = try await backend.signIn(from: "\(Self.owner)")
        let other = try await backend.signUp("bob@example.org", from: "\(Self.owner)")
        #expect(signIn == .created && other > id)
      }
      #expect(try await backend.signIn() == .created)
    }
  }

  @Test func `a service hashes at the standard cost, and replaces hashes of another one`() async throws {
    let passwords = PasswordHashing(queue: Self.queue(), logger: .silent, metrics: MetricRegistry())
    let hash = try await passwords.hash(BackendUnderTest.password, from: Self.owner)
    #expect(!PasswordHash.needsRehash(hash, cost: .standard) && !passwords.needsRehash(hash))
    let cheap = try PasswordHash.hash(BackendUnderTest.password, cost: BackendUnderTest.hashCost)
    #expect(passwords.needsRehash(cheap))
    #expect(try await passwords.verify(BackendUnderTest.password, against: hash, from: Self.owner))
  }

  private static func hashing(
    _ backend: BackendUnderTest, _ id: Int64
  ) -> [(String, () async throws -> Response)] {
    let own = BackendUnderTest.context(id, ["id": "\(id)"])
    let change = #"{"password":"a second password","current_password":"correct horse battery"}"#
    return [
      ("sign-in", { try await backend.signInResponse("ada@example.org") }),
      (
        "sign-up",
        {
          try await backend.users.create(
            BackendUnderTest.post(["email": "late@example.org", "password": "long enough"]),
            BackendUnderTest.context())
        }
      ),
      ("change", { try await backend.users.update(BackendUnderTest.body(.patch, change), own) }),
      (
        "removal",
        { try await backend.users.delete(BackendUnderTest.body(.delete, BackendUnderTest.departure), own) }
      ),
      (
        "reset",
        {
          try await backend.mailed.reset(
            BackendUnderTest.post(["token": "t", "password": "a second password"]),
            BackendUnderTest.context())
        }
      ),
    ]
  }

  private static func queue() -> HashQueue {
    HashQueue(concurrency: share + 2, waitLimitMilliseconds: 60_000, share: share)
  }

  /// Holds the whole share of a source until the body ends.
  private static func occupying(
    _ queue: HashQueue, _ source: ClientSource, _ body: () async throws -> Void
  ) async throws {
    let (begun, opened) = (Count(), Count())
    let held = (0..<share).map { _ in
      Task {
        try await queue.run(for: source) {
          begun.add()
          while opened.value == 0 { usleep(500) }
        }
      }
    }
    defer { opened.add() }
    try await eventually("the share is taken") { begun.value == share }
    try await body()
    opened.add()
    for task in held { try await task.value }
  }
}
