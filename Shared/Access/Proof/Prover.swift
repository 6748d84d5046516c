import AccessManifest
import Schema

/// Tries every cell of the access matrix with each account's own credentials, and compares the outcomes with the
/// manifest.
///
/// A catalog shows the rights that an engine stores; the proof shows what the engine does. A cell is a violation where
/// the engine allows more or less than the manifest. It is one too where it fails for another reason than permission,
/// because its right is then unknown. Where the engine is away, busy or full, the cell is repeated once, and counts as not
/// tried. The proof leaves no residue: it rolls back the database's cells and removes the cache's keys.
package struct Prover: Sendable {
  private let manifest: AccessManifest
  private let database: ProofDatabase?
  private let cache: ProofCache?
  private let tables: [TableDefinition]
  private let chosen: Set<String>
  private let now: @Sendable () -> Timestamp

  /// Creates a prover over a database, a cache, or both. The run's name contains the time of `now`, which
  /// distinguishes the residue of a killed run from the rows of a concurrent one. Without `accounts`, every account is
  /// tried; the report names those that are left out.
  package init(
    manifest: AccessManifest, database: ProofDatabase?, cache: ProofCache?,
    tables: [TableDefinition]? = nil, accounts: Set<String> = [],
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.manifest = manifest
    self.database = database
    self.cache = cache
    self.tables = tables ?? manifest.tables
    chosen = accounts
    self.now = now
  }

  /// Tries every cell, and reports its progress at intervals.
  ///
  /// - Throws: an error that stops the proof. Violations are in the report.
  package func run(
    progress: @escaping @Sendable (ProofProgress) -> Void = { _ in }
  ) async throws(ProofError) -> ProofReport {
    guard let database else { return try await run(DatabaseSurvey(), progress) }
    let outcome: Result<ProofReport, ProofError>
    do {
      outcome = try await database.surveyed(for: manifest) { survey in
        do throws(ProofError) {
          return .success(try await run(survey, progress))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw .database(error)
    }
    return try outcome.get()
  }

  /// Tries one cell of a table alone, by the same statement and the same rules as the whole proof, and rolls it back.
  ///
  /// - Returns: The outcome, or that of the login where the account could not connect. Nil where the matrix has no such
  ///   cell: an unknown name, or a table whose triggers would run as the account.
  package func attempt(_ chosen: ChosenCell) async throws(ProofError) -> ProofResult? {
    guard let database else { return nil }
    let outcome: Result<ProofResult?, ProofError>
    do {
      outcome = try await database.surveyed(for: manifest) { survey in
        do throws(ProofError) {
          // The names of probe rows play no part: no row is placed.
          let prover = prover(of: database, survey, run: "alone", nowSeconds: 0)
          return .success(try await prover.tryAlone(chosen).last)
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw .database(error)
    }
    return try outcome.get()
  }

  private func run(
    _ survey: DatabaseSurvey, _ progress: @escaping @Sendable (ProofProgress) -> Void
  ) async throws(ProofError) -> ProofReport {
    let started = ContinuousClock.now
    let seconds = now().microsecondsSinceEpoch / 1_000_000
    let run = "\(seconds)-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    var databaseProver: DatabaseProver?
    if let database { databaseProver = prover(of: database, survey, run: run, nowSeconds: seconds) }
    var cacheProver: CacheProver?
    if let cache { cacheProver = await prover(of: cache, run: run) }
    let total = (databaseProver?.cells ?? 0) + (cacheProver?.cells ?? 0)
    let collector = ResultCollector(total: total, progress: progress)
    do {
      try await databaseProver?.findClosedResidues()
    } catch {
      throw .database(error)
    }
    try await databaseProver?.run(collector)
    let untried = await untriedRights(beside: survey, collector.results)
    if !untried.isEmpty { untried.forEach(collector.nextPart().take) }
    try await cacheProver?.run(collector)
    let elapsed = ContinuousClock.now - started
    var report = ProofReport(
      results: collector.results, cells: total + untried.count, seconds: elapsed.inSeconds)
    report.leftOut = leftOut
    report.patternsLeftOut = cacheProver?.matrix.survey.patternsLeftOut ?? 0
    report.serversLeftOut = cacheProver?.matrix.survey.serversLeftOut ?? []
    report.residues = (databaseProver?.residues.open ?? []) + (cache?.probes.residues ?? [])
    return report
  }

  private var leftOut: [String] {
    let administrators = manifest.administrators
    let ofDatabase = manifest.databaseAccounts.map(\.name) + [administrators.databaseAccount]
    let ofCache = manifest.cacheAccounts.map(\.name)
    let isChosen = isChosen
    return ofDatabase.filter { database == nil || !isChosen($0) }
      + ofCache.filter { cache == nil || !isChosen($0) }
  }

  private func prover(of cache: ProofCache, run: String) async -> CacheProver {
    let isChosen = isChosen
    var survey = CacheSurvey()
    var untried: UntriedRights?
    if let read = cache.survey {
      let found = await Result.catching(read)
      // A failure to read is a result of the proof: the untried rights report it.
      survey = (try? found.get()) ?? survey
      untried = await UntriedRights(.cache, { try found.get().untried }, isChosen: isChosen)
    }
    return CacheProver(
      cache: cache, matrix: CacheMatrix(manifest: manifest, probes: cache.probes, survey: survey, run: run),
      chosen: chosen, untried: untried)
  }

  private var isChosen: @Sendable (String) -> Bool { { [chosen] in chosen.isEmpty || chosen.contains($0) } }

  /// The undeclared rights in the database that no cell shows. The comparison follows the cells, because it waits longer
  /// for a table that another session holds.
  private func untriedRights(beside survey: DatabaseSurvey, _ tried: [ProofResult]) async -> [ProofResult] {
    guard let read = database?.untriedRights else { return [] }
    let code = survey.tablesWithCode.sorted { $0.key < $1.key }.map { table, account in
      UntriedRight(account: account, object: table, right: "a trigger that runs as everyone who writes")
    }
    return await UntriedRights(.database, { try await read() + code }, tried: tried, isChosen: isChosen)
      .results
  }

  private func prover(
    of database: ProofDatabase, _ survey: DatabaseSurvey, run: String, nowSeconds: Int64
  ) -> DatabaseProver {
    let tables = tables.filter { survey.tablesWithCode[$0.name] == nil }
    let rows = RowMatrix(
      manifest: manifest, tables: tables, run: run,
      changesRowsAtCursors: database.escapeAttempts.changesRowsAtCursors)
    return DatabaseProver(
      database: database,
      matrix: DatabaseMatrix(
        manifest: manifest, tables: tables, keepsIdentities: database.escapeAttempts.keepsIdentities,
        chosen: chosen),
      rows: rows,
      fixture: ProbeRowFixture(
        administrator: database.administrator, matrix: rows, nowSeconds: nowSeconds, locks: database.locks),
      residues: ResidueProbes(residues: database.escapeAttempts.residues, manifest: manifest), survey: survey)
  }
}

extension Result where Failure == any Error {
  /// The result of an asynchronous function.
  fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
