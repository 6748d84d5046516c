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
  let context: FleetContext

  /// Runs the proof. Progress goes to standard error, unless `quietly`; the page goes to `htmlPath`.
  func run(quietly: Bool, htmlPath: String?) async throws -> ProofReport {
    let console = context.console
    let (administration, site) = (context.database.administration, context.database.site)
    let (proven, provider) = try await context.database.withDatabase(waiting: true) { database in
      let prover = prover(administrator: database)
      let report = try await ProofStop.observing {
        try await prover.run { progress in
          if !quietly { console.bar(progress.done, of: progress.total, "cells tried") }
        }
      }
      return (report, try await administration.providerResidues(in: database, of: site))
    }
    var report = provider.map(proven.leavingOpen) ?? proven
    report.residues = (provider?.residues ?? []) + proven.residues
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
    var cache = ProofCache(
      probes: cacheAdministration.probes, login: cacheAdministration.login(of: cacheSite)
    ) { account in
      try await cacheAdministration.connect(as: account, of: cacheSite)
    }
    cache.executor = site.loop
    return Prover(manifest: context.manifest, database: database, cache: cache, now: { Timestamp.now() })
  }
}
