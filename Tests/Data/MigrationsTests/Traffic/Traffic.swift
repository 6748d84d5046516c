import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import TestSupport

/// The requests of a fleet at schema version 1, sent while `body` changes the schema.
///
/// The server itself limits how long a request waits for a lock: beyond the limit it fails with `lock_timeout`. So the
/// result does not depend on how busy the machine of the test is.
struct Traffic: Sendable {
  /// What the requests met.
  struct Figures: Sendable {
    var requests = 0
    var failures: [String] = []
    var slowestMilliseconds = 0
    /// The longest wait for a lock that a look at the server saw, in milliseconds.
    var longestLockWaitMilliseconds = 0
  }

  static let clientCount = 6
  private static let pauseMilliseconds = 4
  private static let slowReadSeconds = 0.2

  let test: TestDatabase
  let rows: Int
  let lockLimitMilliseconds: Int

  private let figures = Shared()

  /// Figures that several clients add to.
  private final class Shared: Sendable {
    let value = Mutex(Figures())
    let end = StopFlag()
  }

  init(_ test: TestDatabase, rows: Int, lockLimitMilliseconds: Int) {
    self.test = test
    self.rows = rows
    self.lockLimitMilliseconds = lockLimitMilliseconds
  }

  /// Runs `body` when every client has had an answer, and ends when each has had one after it.
  func during(_ body: () async throws -> Void) async throws -> Figures {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<Self.clientCount { group.addTask { try await send(client) } }
      group.addTask { try await readSlowly() }
      group.addTask { try await watchLocks() }
      try await answers()
      try await body()
      try await answers()
      figures.end.set()
      try await group.waitForAll()
    }
    return figures.value.withLock { $0 }
  }

  private var isStopped: Bool { figures.end.isSet }

  private func answers() async throws {
    let before = figures.value.withLock { $0.requests }
    try await eventually("the clients get answers") {
      figures.value.withLock { $0.requests + $0.failures.count } >= before + 10 * Self.clientCount
    }
  }

  // MARK: Requests

  private func send(_ client: Int) async throws {
    try await DriverSession.with(test.driver, on: test.loop) { session in
      try await session.run("SET lock_timeout = \(lockLimitMilliseconds)")
      var number = client
      while !isStopped {
        let id = Int64.random(in: 1...Int64(rows))
        await measure(session, Self.request(number, id))
        number += 1
        try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
      }
    }
  }

  /// The statements of one request; more than one run in a transaction.
  private static func request(_ number: Int, _ id: Int64) -> [String] {
    switch number % 5 {
    case 0: ["SELECT id, email, role FROM users WHERE id = \(id)"]
    case 1: ["SELECT id FROM sessions WHERE user_id = \(id) AND revoked_at IS NULL"]
    case 2: ["UPDATE settings SET version = version + 1 WHERE user_id = \(id)"]
    case 3:
      [
        "BEGIN", "UPDATE users SET updated_at = now() WHERE id = \(id)",
        """
        INSERT INTO sessions (user_id, token_hash, expires_at)
        VALUES (\(id), md5(random()::text) || md5(random()::text), now())
        """,
        "COMMIT",
      ]
    default:
      [
        """
        INSERT INTO settings (user_id, name, value) VALUES (\(id), 'theme', '"y"')
        ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value
        """
      ]
    }
  }

  private func measure(_ session: DriverSession, _ statements: [String]) async {
    let start = ContinuousClock.now
    do throws(DatabaseError) {
      for statement in statements { try await session.run(statement) }
      let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
      figures.value.withLock {
        $0.requests += 1
        $0.slowestMilliseconds = max($0.slowestMilliseconds, milliseconds)
      }
    } catch {
      figures.value.withLock { $0.failures.append("\(error): \(statements.joined(separator: "; "))") }
      if statements.count > 1 { _ = try? await session.run("ROLLBACK") }
    }
  }

  /// A report that holds its tables for a while, so that a run meets locks.
  private func readSlowly() async throws {
    try await DriverSession.with(test.driver, on: test.loop) { session in
      while !isStopped {
        try await session.run("BEGIN")
        try await session.run(
          "SELECT count(*), pg_sleep(\(Self.slowReadSeconds)) FROM (SELECT FROM users LIMIT 10) AS recent")
        try await session.run("COMMIT")
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  private func watchLocks() async throws {
    try await DriverSession.with(test.driver, on: test.loop) { session in
      while !isStopped {
        let rows = try await session.run(
          """
          SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart) * 1000), 0)::bigint
          FROM pg_locks JOIN pg_stat_activity USING (pid)
          WHERE NOT granted AND waitstart IS NOT NULL AND datname = current_database()
            AND query !~ '^(ALTER|CREATE|DROP|LOCK)'
          """)
        let milliseconds = Int(try rows.integer(0, 0))
        figures.value.withLock {
          $0.longestLockWaitMilliseconds = max($0.longestLockWaitMilliseconds, milliseconds)
        }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }
}
