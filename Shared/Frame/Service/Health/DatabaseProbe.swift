import DataAccess
import EventLoop
import Logging
import Runtime

/// The health check's own way to the database: one connection of the process, beside the pools.
///
/// Nothing that requests do can fill it. A pool whose connections all wait for a lock does not turn readiness off,
/// because another process of the service would wait for the same lock. `DB_POOL_SIZE` does not include this
/// connection; the account's limit in the access manifest must.
struct DatabaseProbe: Sendable {
  /// The connections of one process beside `DB_POOL_SIZE`.
  static let connections = 1

  /// How long the record of migrations may take once its state is known. The statement that it holds up must be cancelled
  /// before the next probe.
  static let knownSchemaSeconds = 0.5

  private let database: Database
  private let memory: SchemaMemory

  init(driver: any DatabaseDriver, loop: EventLoop, logger: Logger) {
    let limit = Int(Readiness.probeSeconds * 1_000)
    let configuration = PoolConfiguration(
      size: Self.connections, acquireTimeoutMilliseconds: limit, queueLimit: 1,
      statementTimeoutMilliseconds: limit)
    database = Database(driver: driver, loop: loop, configuration: configuration, logger: logger)
    memory = SchemaMemory(logger: logger)
  }

  /// The health of the database, for which the pools need connections too, and of the schema.
  func components(with pools: [PoolProbe]) async -> [HealthReport.Component] {
    let components = await components()
    guard components.first?.health == .available, let shortage = await pools.component() else {
      return components
    }
    return [shortage] + components.dropFirst()
  }

  /// First an empty statement, which no lock holds up, and then the schema's state from the record of migrations.
  private func components() async -> [HealthReport.Component] {
    let (database, memory) = (database, memory)
    let reply = await Self.answer(within: Readiness.probeSeconds) { () async throws(DatabaseError) in
      try await database.ping()
    }
    switch reply {
    case .success: break
    case .failure(let error): return lost(error.report)
    case nil: return lost("no answer within \(Int(Readiness.probeSeconds * 1_000)) ms")
    }
    let seconds = memory.isKnown ? Self.knownSchemaSeconds : Readiness.probeSeconds
    let state = await Self.answer(within: seconds) { () async throws(DatabaseError) in
      try await database.schemaState()
    }
    let schema: HealthReport.Component
    switch state {
    case .success(let state): schema = memory.note(state)
    case .failure(let error) where error.isUnavailability: return lost(error.report)
    case .failure(let error) where !error.isWait: schema = Self.unread(error.report)
    case .failure, nil: schema = memory.component() ?? Self.unread("\(SchemaMemory.table) does not answer")
    }
    return [.init("database", .available), schema]
  }

  /// The result of a statement; nil after the time limit, which also cancels the statement.
  private static func answer<Value: Sendable>(
    within seconds: Double, _ body: @escaping @Sendable () async throws(DatabaseError) -> Value
  ) async -> Result<Value, DatabaseError>? {
    await TimeLimit.value(seconds: seconds) {
      do throws(DatabaseError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    }
  }

  private static func unread(_ reason: String) -> HealthReport.Component {
    .init("schema", .unavailable(reason: reason, isEssential: true))
  }

  func close() async { await database.close() }

  private func lost(_ reason: String) -> [HealthReport.Component] {
    [
      .init("database", .unavailable(reason: reason, isEssential: true)),
      Self.unread("unknown without the database"),
    ]
  }
}

extension DatabaseError {
  /// Whether the statement waited for another session, and the database serves others.
  fileprivate var isWait: Bool { isLockConflict || kind == .statementTimeout }
}
