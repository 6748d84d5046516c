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

  /// Runs the proof. Progress goes to standard error, unless `quietly`; the page goes to `htmlPath`.
  func run(quietly: Bool, htmlPath: String?) async throws -> ProofReport {
    if let htmlPath { try requireFolder(of: htmlPath) }
    let console = engines.console
    let report = try await report { prover in
      try await ProofStop.observing {
        try await prover.run { progress in
          if !quietly { console.bar(progress.done, of: progress.total, "cells tried") }
        }
      }
    }
    if let htmlPath { try write(HTMLPage(report).text, to: htmlPath) }
    return report
  }

  /// Runs the proof in the caller's task; its cancellation ends the proof, which then removes its rows.
  func run(progress: @escaping @Sendable (ProofProgress) -> Void) async throws -> ProofReport {
    try await report { try await $0.run(progress: progress) }
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
    guard let database = engines.database else { return try await body(prover(nil)) }
    return try await database.withDatabase(waiting: true) { administrator in
      try await report(of: database, administrator, by: body)
    }
  }

  /// Before the proof, which may take minutes.
  private func requireFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw ToolError("cannot write \(path): there is no folder \(folder)")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw ToolError("cannot write \(path): the folder \(folder) is not writable")
    }
  }

  private func write(_ text: String, to path: String) throws {
    do {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw ToolError("cannot write \(path): \(error.localizedDescription)")
    }
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
      // The engine's own words for a table that is missing do not say what to run.
      let found = try? await administration.grants(in: administrator, of: site).verify()
      let missing = found?.filter(\.isOfMissingTable).map(\.object) ?? []
      guard missing.isEmpty else { throw AccessError.notMigrated(missing) }
      throw error
    }
    let provider = try await administration.providerResidues(in: administrator, of: site)
    var report = provider.map(proven.leavingOpen) ?? proven
    report.residues = (provider?.residues ?? []) + proven.residues
    return report
  }

  private func prover(_ database: ProofDatabase?) -> Prover {
    Prover(
      manifest: engines.manifest, database: database, cache: engines.cache.map(Self.cache),
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
