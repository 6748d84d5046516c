import AccessManifest
import AccessProof
import Cache
import Clock
import DataAccess
import Foundation
import Runtime
import Schema

/// Runs the prover on the configured engines.
struct Proof: Sendable {
  /// Cells between two lines of progress.
  private static let cellsPerLine = 500

  let context: FleetContext

  /// Runs the proof. Progress goes to standard error, unless `quietly`; the page goes to `htmlPath`.
  func run(quietly: Bool, htmlPath: String?) async throws -> ProofReport {
    let console = context.console
    let (administration, site) = (context.database.administration, context.database.site)
    let (proven, provider) = try await context.database.withDatabase(waiting: true) { database in
      let report = try await prover(administrator: database).run { progress in
        guard !quietly, progress.done % Self.cellsPerLine == 0 || progress.done == progress.total else {
          return
        }
        console.progress("\(progress.done) of \(progress.total) cells tried")
      }
      return (report, try await administration.providerResidues(in: database, of: site))
    }
    var report = provider.map(proven.leavingOpen) ?? proven
    report.residues =
      (provider?.residues ?? []) + administration.coverage.residues
      + context.cacheAdministration.coverage.residues
    if let htmlPath { try HTMLPage(report).text.write(toFile: htmlPath, atomically: true, encoding: .utf8) }
    return report
  }

  private func prover(administrator: Database) -> Prover {
    let (administration, site) = (context.database.administration, context.database.site)
    let (cacheAdministration, cacheSite) = (context.cacheAdministration, context.cacheSite)
    let database = ProofDatabase(
      administrator: administrator, escapeAttempts: administration.escapeAttempts, loop: site.loop,
      logger: site.logger, login: administration.login(of: site)
    ) { account in try administration.driver(as: account, of: site) }
    let cache = ProofCache(
      probes: cacheAdministration.probes, login: cacheAdministration.login(of: cacheSite)
    ) { account in
      try await cacheAdministration.connect(as: account, of: cacheSite)
    }
    return Prover(manifest: context.manifest, database: database, cache: cache, now: { Timestamp.now() })
  }
}
