import DataAccess
import DatabaseTestSupport
import Foundation
import Schema
import Service
import Synchronization
import TestSupport

@testable import connector

/// The ids that a reader has seen, a bit for each: what a reader remembers does not hide what the follower keeps.
struct SeenIDs: Sendable {
  private var words: [UInt64] = []
  private var highest: Int64 = 0
  private(set) var count = 0
  /// Ids that came again, as they may after a failure.
  private(set) var repeats = 0
  /// Ids that came for the first time behind a higher one.
  private(set) var outOfOrder = 0

  func contains(_ id: Int64) -> Bool {
    let (word, bit) = (Int(id >> 6), UInt64(1) << UInt64(id & 63))
    return word < words.count && words[word] & bit != 0
  }

  mutating func note(_ id: Int64) {
    guard !contains(id) else { return repeats += 1 }
    let word = Int(id >> 6)
    if word >= words.count { words += Array(repeating: 0, count: max(word + 1 - words.count, 1_024)) }
    words[word] |= UInt64(1) << UInt64(id & 63)
    count += 1
    if id < highest { outOfOrder += 1 }
    highest = max(highest, id)
  }
}

/// A consumer that notes the ids of its events.
final class SeeingConsumer: FeedConsumer {
  let name: String
  let types = ["a"]
  let sources = ["backend-api"]
  let minimumAgeSeconds: Int64 = 0
  private let ids = Mutex(SeenIDs())

  init(_ name: String) {
    self.name = name
  }

  var seen: SeenIDs { ids.withLock { $0 } }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    ids.withLock { $0.note(event.id) }
    return .complete
  }
}

/// Writers of events in transactions of several statements, of which some stay open while others commit higher ids.
struct EventWriters: Sendable {
  private static let (statements, rows) = (5, 100)

  private let database: Database
  private let writers: Int
  private let transactionsOfEach: Int

  /// Writers of at least so many events.
  init(_ database: Database, events: Int, writers: Int) {
    self.database = database
    self.writers = writers
    let ofAll = writers * Self.statements * Self.rows
    transactionsOfEach = (events + ofAll - 1) / ofAll
  }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          for _ in 0..<transactionsOfEach { try await writeUntilCommitted(as: writer) }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Begins again where the connection was ended. A commit without an answer then leaves more events, which count too.
  private func writeUntilCommitted(as writer: Int) async throws {
    while true {
      do throws(DatabaseError) {
        return try await write(as: writer)
      } catch {
        guard error.kind == .connectionLost || error.kind == .connectionRefused else { throw error }
      }
    }
  }

  private func write(as writer: Int) async throws(DatabaseError) {
    let now = Timestamp.now()
    let payload = JSONText(#"{"fields":["theme","language"],"version":7}"#)
    let subjects = (0..<Self.rows).map { "\(writer * Self.rows + $0)" }
    let insert = Events.insertMany(
      \.type, \.source, \.subject, \.payload, \.occurredAt,
      rows: subjects.map { ("a", "backend-api", $0, payload, now) })
    try await database.transaction { transaction throws(DatabaseError) in
      for _ in 0..<Self.statements { try await transaction.run(insert) }
      if Int.random(in: 0..<8) == 0 {
        await database.loop.sleep(milliseconds: Int.random(in: 1...50))
      }
    }
  }
}

/// A reader that goes on behind the highest id it has seen, and so misses events: what the follower is to avoid.
struct SkippingReader: Sendable {
  private let database: Database
  private var last: Int64 = 0
  private var count = 0

  init(_ database: Database) {
    self.database = database
  }

  /// Reads what is new; a failed reading is left to the next.
  mutating func read() async {
    while true {
      let next = Events.select(\.id).where(\.id > last).orderBy(\.id).limit(5_000)
      guard let ids = try? await database.all(next, as: { $0 }), let end = ids.last else { return }
      count += ids.count
      last = end
    }
  }

  /// The events up to the last id that the reader has not seen.
  func skipped() async throws(DatabaseError) -> Int {
    try await database.count(Events.count().where(\.id <= last)) - count
  }
}

/// What a disturbance has done and seen.
struct Figures: Sendable {
  var kills = 0
  var residentBytes: [Int] = []
  var skipped: Int?

  /// From a quarter on, when pools and buffers have their size.
  var memoryGrowthBytes: Int {
    (residentBytes.last ?? 0) - (residentBytes.dropLast(residentBytes.count * 3 / 4).last ?? 0)
  }

  /// The resident memory at the start, at each quarter, and at the end.
  var memory: String {
    guard !residentBytes.isEmpty else { return "no figures of memory" }
    let quarters = (0...4).map { residentBytes[(residentBytes.count - 1) * $0 / 4] >> 20 }
    return "resident MiB " + quarters.map(String.init).joined(separator: " ")
  }
}

/// Ends sessions of a database at random, and samples the memory of this process.
struct Disturbance: Sendable {
  private static let killOne = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    ORDER BY random() LIMIT 1
    """

  private let test: TestDatabase
  private let pauseMilliseconds: Int
  private let reader: SkippingReader?

  init(_ test: TestDatabase, pauseMilliseconds: Int, reader: SkippingReader?) {
    self.test = test
    self.pauseMilliseconds = pauseMilliseconds
    self.reader = reader
  }

  /// Goes on while the body runs.
  func during(_ body: () async throws -> Void) async throws -> Figures {
    let end = StopFlag()
    async let figures = disturb(until: end)
    try await body()
    end.set()
    return try await figures
  }

  private func disturb(until end: StopFlag) async throws -> Figures {
    var figures = Figures()
    var reader = reader
    try await DriverSession.with(test.driver, on: test.loop) { session in
      while !end.isSet {
        figures.residentBytes.append(try Self.residentBytes())
        figures.kills += try await session.run(Self.killOne).rowCount
        await reader?.read()
        try await Task.sleep(for: .milliseconds(pauseMilliseconds))
      }
    }
    figures.skipped = try await reader?.skipped()
    return figures
  }

  /// The resident memory of this process (proc(5), `statm`).
  private static func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(getpagesize())
  }
}
