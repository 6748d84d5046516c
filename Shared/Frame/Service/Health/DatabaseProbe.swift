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

  private let database: Database

  init(driver: any DatabaseDriver, loop: EventLoop, logger: Logger) {
    let limit = Int(Readiness.probeSeconds * 1_000)
    let configuration = PoolConfiguration(
      size: Self.connections, acquireTimeoutMilliseconds: limit, queueLimit: 1,
      statementTimeoutMilliseconds: limit)
    database = Database(driver: driver, loop: loop, configuration: configuration, logger: logger)
  }

  /// The health of the database, for which the pools need connections too, and of the schema.
  func components(with pools: [PoolProbe]) async -> [HealthReport.Component] {
    let components = await components()
    guard components.first?.health == .available, let shortage = await pools.component() else {
      return components
    }
    return [shortage] + components.dropFirst()
  }

  /// One statement probes both the database and the schema: it reads the schema's state from the record of migrations.
  private func components() async -> [HealthReport.Component] {
    let database = database
    let outcome = await TimeLimit.value(seconds: Readiness.probeSeconds) {
      () -> Result<SchemaState, DatabaseError> in
      do throws(DatabaseError) {
        return .success(try await database.schemaState())
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(let state):
      return [.init("database", .available), SchemaFit(state).component]
    case .failure(let error): return lost("\(error)")
    case nil: return lost("no answer within \(Int(Readiness.probeSeconds * 1000)) ms")
    }
  }

  func close() async { await database.close() }

  private func lost(_ reason: String) -> [HealthReport.Component] {
    [
      .init("database", .unavailable(reason: reason, isEssential: true)),
      .init("schema", .unavailable(reason: "unknown without the database", isEssential: true)),
    ]
  }
}
