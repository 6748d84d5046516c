import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@testable import backend_api

/// Whose password is hashed next.
@Suite struct HashTurnTests {
  private static let share = 20
  private static let owner = ClientSource("198.51.100.7")

  /// The hashes that one thread has run, in order.
  private final class Order: Sendable {
    private let names = Mutex<[String]>([])
    func add(_ name: String) { names.withLock { $0.append(name) } }
    var all: [String] { names.withLock { $0 } }
  }

  /// Hashes that wait behind one that holds the only thread.
  private struct Waiting {
    let queue: HashQueue
    let order = Order()
    private let opened = Order()
    private var tasks: [Task<Void, any Error>] = []

    init(waitLimitMilliseconds: Int = 60_000) async throws {
      queue = HashQueue(concurrency: 1, waitLimitMilliseconds: waitLimitMilliseconds, share: share)
      let (begun, opened) = (Order(), opened)
      let held = Task { [queue] in
        try await queue.run(for: ClientSource("203.0.113.254")) {
          begun.add("held")
          while opened.all.isEmpty { usleep(500) }
        }
      }
      tasks.append(held)
      try await eventually("the thread is busy") { !begun.all.isEmpty }
    }

    mutating func add(_ name: String, from source: ClientSource, isKnown: Bool = false) async throws {
      let before = queue.waitingCount
      tasks.append(
        Task { [queue, order] in
          try await queue.run(for: source, isKnown: isKnown) { order.add(name) }
        })
      try await eventually("the hash waits") { [queue] in queue.waitingCount > before }
    }

    func run() async throws -> [String] {
      opened.add("open")
      for task in tasks { try await task.value }
      return order.all
    }
  }

  @Test func `a source waits for one hash of each other source, and not for all of theirs`() async throws {
    var waiting = try await Waiting()
    let sources = (1...5).map { ClientSource("203.0.113.\($0)") }
    for number in 0..<50 { try await waiting.add("theirs", from: sources[number % sources.count]) }
    try await waiting.add("owner", from: Self.owner)
    let order = try await waiting.run()
    #expect(order.count == 51)
    #expect(try #require(order.firstIndex(of: "owner")) <= sources.count)
  }

  @Test func `the networks of one IPv6 site have the turns of one source`() async throws {
    var waiting = try await Waiting()
    for number in 0..<60 {
      try await waiting.add("theirs", from: ClientSource("2001:db8:1:\(String(number, radix: 16))::1"))
    }
    try await waiting.add("owner", from: Self.owner)
    let order = try await waiting.run()
    #expect(try #require(order.firstIndex(of: "owner")) <= 1)
  }

  @Test func `a source that has signed in before waits for no sign-ups of many strangers`() async throws {
    var waiting = try await Waiting()
    for number in 0..<60 { try await waiting.add("sign-up", from: ClientSource("203.0.113.\(number)")) }
    try await waiting.add("stranger", from: ClientSource("192.0.2.1"))
    try await waiting.add("owner", from: Self.owner, isKnown: true)
    let order = try await waiting.run()
    #expect(try #require(order.firstIndex(of: "owner")) <= 1)
    #expect(try #require(order.firstIndex(of: "stranger")) >= 60)
  }

  @Test func `a queue that other sources have filled takes the hash of a new one`() async throws {
    let queue = HashQueue(concurrency: 1, waitLimitMilliseconds: 2_000, share: Self.share)
    // Each further hash is expected to take as long.
    try await queue.run(for: Self.owner) { _ = usleep(100_000) }
    let sources = (1...5).map { ClientSource("203.0.113.\($0)") }
    let opened = Order()
    let tasks = (0..<200).map { number in
      Task {
        try await queue.run(for: sources[number % sources.count]) {
          while opened.all.isEmpty { usleep(500) }
        }
      }
    }
    try await eventually("the sources have filled the queue") {
      sources.allSatisfy { queue.refusal(of: $0) != nil }
    }
    #expect(queue.refusal(of: Self.owner) == nil)
    let owner = Task { try await queue.run(for: Self.owner) { 1 } }
    opened.add("open")
    #expect(try await owner.value == 1)
    for task in tasks { _ = try? await task.value }
  }
}
