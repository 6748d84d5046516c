import AccessManifest
import Schema

/// Tries every cell of the access matrix for real, with each account's own credentials, and compares what the engines
/// do with what the manifest says.
///
/// A catalog says what an engine intends; the proof says what it does. It fails on a cell that is allowed and not
/// declared, on one that is declared and not allowed, and on one that fails for any other reason than permission,
/// because then nothing is known about it. Nothing that it does stays: the database's cells are rolled back, the
/// cache's keys removed.
package struct Prover: Sendable {
  private let manifest: AccessManifest
  private let database: ProofDatabase?
  private let cache: ProofCache?
  private let tables: [TableDefinition]
  private let now: @Sendable () -> Timestamp

  /// A prover over a database, a cache, or both. `now` names the run, so that what a killed run left behind can be told
  /// from what another is using.
  package init(
    manifest: AccessManifest, database: ProofDatabase?, cache: ProofCache?,
    tables: [TableDefinition] = Schema.tables,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.manifest = manifest
    self.database = database
    self.cache = cache
    self.tables = tables
    self.now = now
  }

  /// Tries everything; `progress` is told now and then.
  ///
  /// - Throws: when the proof itself could not be carried out. Violations are in the report.
  package func run(
    progress: @escaping @Sendable (ProofProgress) -> Void = { _ in }
  ) async throws(ProofError) -> ProofReport {
    let started = ContinuousClock.now
    let seconds = now().microsecondsSinceEpoch / 1_000_000
    let run = "\(seconds)-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    let databaseProver = database.map { prover(of: $0, run: run, nowSeconds: seconds) }
    let cacheProver = cache.map { cache in
      CacheProver(cache: cache, matrix: CacheMatrix(manifest: manifest, probes: cache.probes, run: run))
    }
    let total = (databaseProver?.cells ?? 0) + (cacheProver?.cells ?? 0)
    let collector = ResultCollector(total: total, progress: progress)
    try await databaseProver?.run(collector.take)
    await cacheProver?.run(collector.take)
    let elapsed = ContinuousClock.now - started
    return ProofReport(results: collector.results, cells: total, seconds: elapsed.inSeconds)
  }

  private func prover(of database: ProofDatabase, run: String, nowSeconds: Int64) -> DatabaseProver {
    let rows = RowMatrix(
      manifest: manifest, tables: tables, run: run,
      changesRowsAtCursors: database.escapeAttempts.changesRowsAtCursors)
    return DatabaseProver(
      database: database,
      matrix: DatabaseMatrix(
        manifest: manifest, tables: tables, keepsIdentities: database.escapeAttempts.keepsIdentities),
      rows: rows,
      keeper: ProbeRowKeeper(administrator: database.administrator, matrix: rows, nowSeconds: nowSeconds))
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

/// Keeps results as they come and tells how many there are.
private final class ResultCollector {
  private(set) var results: [ProofResult] = []
  private let total: Int
  private let progress: @Sendable (ProofProgress) -> Void

  /// Results between two reports of progress.
  private static let step = 50

  init(total: Int, progress: @escaping @Sendable (ProofProgress) -> Void) {
    self.total = total
    self.progress = progress
    results.reserveCapacity(total)
  }

  func take(_ result: ProofResult) {
    results.append(result)
    guard results.count % Self.step == 0 || results.count == total else { return }
    progress(ProofProgress(done: results.count, total: total, account: result.cell.account))
  }
}
