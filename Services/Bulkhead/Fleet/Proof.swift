import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import Clock
import DataAccess
import Foundation
import Runtime
import Schema

/// Runs the prover on the configured engines.
struct Proof: Sendable {
  let engines: AccessEngines
  /// Whether the cache's cells are tried, where there is a cache.
  private var triesCache = true

  init(engines: AccessEngines) {
    self.engines = engines
  }

  /// Runs the proof in the caller's task; its cancellation ends the proof, which then removes its rows. Progress goes to
  /// standard error, as a bar on a terminal unless `quietly`, and else as a line at intervals; the page goes to `htmlPath`.
  ///
  /// An engine that fails does not keep the other one from being proven: the report then has its failure.
  func run(quietly: Bool, htmlPath: String?) async throws -> ProofReport {
    if let htmlPath { try requireWritable(htmlPath) }
    let console = engines.console
    let report = try await report { prover in
      let lines = ProgressLines()
      return try await prover.run { progress in
        if !quietly { console.bar(progress.done, of: progress.total, "cells tried") }
        if let line = lines.line(for: progress), quietly || !console.drawsBars { console.progress(line) }
      }
    }
    if let htmlPath { try OutputFile(htmlPath).writeOrFail(HTMLPage(report).text) }
    return report
  }

  /// Runs the proof as the other function does.
  ///
  /// - Throws: also where an engine could not be proven.
  func run(progress: @escaping @Sendable (ProofProgress) -> Void) async throws -> ProofReport {
    let report = try await report { try await $0.run(progress: progress) }
    guard report.failures.isEmpty else { throw Self.error(of: report.failures) }
    return report
  }

  /// Tries one cell of a table alone, with its account's own credential, and rolls it back. Nil where the matrix has no
  /// such cell.
  func attempt(_ chosen: ChosenCell) async throws -> ProofResult? {
    guard let database = engines.database else { return nil }
    return try await database.withDatabase { administrator in
      try await prover(proofDatabase(database, administrator)).attempt(chosen)
    }
  }

  private typealias Run = (Prover) async throws -> ProofReport

  private func report(by body: Run) async throws -> ProofReport {
    guard let lost = await failureOfCache() else { return try await reportOfDatabase(by: body) }
    guard let database = engines.database else {
      throw Self.error(
        of: [engines.lost.map { Self.failure(of: $0.name, $0.error) }, lost].compactMap(\.self))
    }
    var proof = self
    proof.triesCache = false
    do {
      var report = try await proof.reportOfDatabase(by: body)
      report.failures.append(lost)
      report.leftOut = withoutChosen(report.leftOut, manifest.cacheAccounts.map(\.name))
      return report
    } catch ProofError.stopped {
      throw ProofError.stopped
    } catch  where !Task.isCancelled {
      throw Self.error(of: [Self.failure(of: database.reportName, error), lost])
    }
  }

  /// The error of a proof without a report: one line for each engine.
  private static func error(of failures: [ProofReport.EngineFailure]) -> ToolError {
    let lines = failures.map(\.description)
    return ToolError(lines.first ?? "", details: Array(lines.dropFirst()))
  }

  private static func failure(of engine: String, _ error: any Error) -> ProofReport.EngineFailure {
    ProofReport.EngineFailure(engine: engine, error: ToolFailure(error).errors.joined(separator: "; "))
  }

  /// The report of the cache alone where the database fails and there is a cache.
  private func reportOfDatabase(by body: Run) async throws -> ProofReport {
    guard let database = engines.database else {
      let report = try await body(prover(nil))
      return engines.lost.map { without($0.name, $0.error, report) } ?? report
    }
    do {
      return try await database.withDatabase(waiting: true) { administrator in
        try await report(of: database, administrator, by: body)
      }
    } catch ProofError.stopped {
      throw ProofError.stopped
    } catch {
      guard triesCache, engines.cache != nil, !Task.isCancelled else { throw error }
      return without(database.reportName, error, try await body(prover(nil)))
    }
  }

  /// The report of the cache, with the failure of the database.
  private func without(_ engine: String, _ error: any Error, _ report: ProofReport) -> ProofReport {
    var report = report
    report.failures = [Self.failure(of: engine, error)]
    report.leftOut = withoutChosen(
      report.leftOut, manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount])
    return report
  }

  /// Why no command reaches the cache. A refused administrator is none: the accounts' own cells do not need it, and the
  /// proof reports that it could not look for rights of others.
  private func failureOfCache() async -> ProofReport.EngineFailure? {
    guard let cache = engines.cache else { return nil }
    do {
      try await cache.administration.withGrants(of: cache.site) { _ in }
      return nil
    } catch {
      guard case .cache(let reason) = AccessError(error), reason.isUnreachability else { return nil }
      return ProofReport.EngineFailure(engine: cache.administration.reportName, error: reason.description)
    }
  }

  /// The accounts that `--only` leaves out, without those of a failed engine that were to be tried.
  private func withoutChosen(_ leftOut: [String], _ accounts: [String]) -> [String] {
    let chosen = engines.focus.accounts
    let untried = Set(accounts.filter { chosen.isEmpty || chosen.contains($0) })
    return leftOut.filter { !untried.contains($0) }
  }

  private var manifest: AccessManifest { engines.manifest }

  /// Before the proof, which may take minutes.
  private func requireWritable(_ path: String) throws {
    if let obstacle = OutputFile(path).obstacle { throw ToolError("cannot write \(path): \(obstacle)") }
  }

  private func proofDatabase(
    _ context: DatabaseContext, _ administrator: Database
  ) async throws -> ProofDatabase {
    let (administration, site) = (context.administration, context.site)
    var database = ProofDatabase(
      administrator: administrator,
      escapeAttempts: try await administration.escapeAttempts(in: administrator),
      loop: site.loop, logger: site.logger, login: administration.login(of: site)
    ) { account in try administration.driver(as: account, of: site) }
    database.untriedRights = administration.untriedRights(in: administrator, of: site)
    return database
  }

  private func report(
    of context: DatabaseContext, _ administrator: Database, by body: Run
  ) async throws -> ProofReport {
    let (administration, site) = (context.administration, context.site)
    let proven: ProofReport
    do {
      proven = try await body(prover(proofDatabase(context, administrator)))
    } catch let error as ProofError {
      try await Self.refuseMissingTables(administration.grants(in: administrator, of: site))
      throw error
    }
    if proven.hasRefusedRows {
      try await Self.refuseMissingTables(administration.grants(in: administrator, of: site))
    }
    let provider = try await administration.providerResidues(in: administrator, of: site)
    var report = provider.map(proven.leavingOpen) ?? proven
    report.residues = (provider?.residues ?? []) + proven.residues
    return report
  }

  /// The engine's own words for a table that is missing do not say what to run.
  private static func refuseMissingTables(_ grants: any GrantTarget) async throws {
    let missing = (try? await grants.verify())?.filter(\.isOfMissingTable).map(\.object) ?? []
    guard missing.isEmpty else { throw AccessError.notMigrated(missing) }
  }

  private func prover(_ database: ProofDatabase?) -> Prover {
    Prover(
      manifest: manifest, database: database, cache: triesCache ? engines.cache.map(Self.cache) : nil,
      accounts: engines.focus.accounts, now: { Timestamp.now() })
  }

  private static func cache(_ side: AccessEngines.CacheSide) -> ProofCache {
    let (administration, site) = (side.administration, side.site)
    var cache = ProofCache(probes: administration.probes, login: administration.login(of: site)) { account in
      try await administration.connect(as: account, of: site)
    }
    cache.executor = site.loop
    cache.survey = administration.survey(of: site)
    return cache
  }
}

extension CacheError {
  /// Whether no account reaches the server.
  fileprivate var isUnreachability: Bool {
    switch self {
    case .unreachable, .untrustedServer, .encryptionFailed, .connectionLost, .deadlineExceeded: true
    case .permissionDenied, .authenticationFailed, .queueFull, .replyTooLarge, .protocolViolation, .refused,
      .invalidCommand, .closed:
      false
    }
  }
}
