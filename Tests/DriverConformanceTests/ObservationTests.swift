import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import TestSupport
import Testing

/// A pool reports each statement to its observers, on every engine.
struct ObservationTests {
  private final class Recorder: StatementObserver {
    private let all = Mutex<[StatementRecord]>([])

    func completed(_ record: borrowing StatementRecord) {
      let copy = copy record
      all.withLock { $0.append(copy) }
    }

    func records(of operation: String) -> [StatementRecord] {
      all.withLock { $0.filter { "\($0.operation)" == operation } }
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a statement is reported once, with its rows and without its values`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let recorder = Recorder()
      try await Conformance.fill(database, count: 30)
      database.observe(with: recorder)
      _ = try await database.all(Samples.select(\.label).where(\.label != "row 7")) { label in label }
      try await database.run(Samples.update(\.label <- "renamed").where(\.label == "row 3"))
      let read = try #require(recorder.records(of: "select samples").first)
      #expect(recorder.records(of: "select samples").count == 1)
      #expect(read.rows == 29)
      #expect(read.error == nil)
      #expect(read.engineNanoseconds > 0)
      #expect(read.statement?.sql.contains("row 7") == false)
      #expect(recorder.records(of: "update samples").map(\.rows) == [1])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a refused statement is reported with the engine's code`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let recorder = Recorder()
      database.observe(with: recorder)
      _ = try? await database.unsafeQuery(unsafeSQL: "SELECT nothing FROM nowhere", label: "wrong")
      let record = try #require(recorder.records(of: "wrong").first)
      #expect(record.error?.kind == .invalidStatement)
      #expect(record.error?.metricCode == record.error?.nativeCode)
      #expect(record.rows == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `the statements of a transaction are reported, and the wait for its connection`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine, pool: .patient(1)) { database in
      let recorder = Recorder()
      database.observe(with: recorder)
      try await database.transaction { transaction throws(DatabaseError) in
        Task { _ = try? await database.count(Samples.count()) }
        while await database.status().waiting == 0 { await database.loop.sleep(milliseconds: 1) }
        await database.loop.sleep(milliseconds: 30)
        try await transaction.run(Samples.insert(\.label <- "one"))
      }
      try await eventually("the read was reported") { !recorder.records(of: "select samples").isEmpty }
      #expect(recorder.records(of: "transaction").count == 1)
      #expect(recorder.records(of: "insert samples").map(\.rows) == [1])
      let read = try #require(recorder.records(of: "select samples").first)
      #expect(read.queueNanoseconds >= 20_000_000)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a statement that gets no connection is reported without a time in the engine`(
    engine: TestEngine
  ) async throws {
    let pool = PoolConfiguration(size: 1, acquireTimeoutMilliseconds: 100)
    try await Conformance.with(engine, pool: pool) { database in
      let recorder = Recorder()
      database.observe(with: recorder)
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Samples.insert(\.label <- "held"))
        _ = try? await database.run(Samples.insert(\.label <- "waiting"))
      }
      let refused = try #require(recorder.records(of: "insert samples").first { $0.statement == nil })
      #expect(refused.error?.metricCode == "acquire_timeout")
      #expect(refused.engineNanoseconds == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a plan is made without running the statement`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 3)
      let query = try Samples.delete().where(\.label == "row 1").render(in: database.dialect)
      guard case .prefix(let prefix) = database.dialect.genericPlan else { return }
      let plan = try await database.plan(
        of: query.statement, parameterCount: query.bindings.count, after: prefix)
      #expect(plan.contains { $0.contains("Delete on samples") })
      #expect(try await database.count(Samples.count()) == 3)
    }
  }
}
