import AccessAdministration
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
  let engines: AccessEngines

  /// Runs the proof. Progress goes to standard error, unless `quietly`; the page goes to `htmlPath`.
  func run(quietly: Bool, htmlPath: String?) async throws -> ProofReport {
    let report =
      if let database = engines.database {
        try await database.withDatabase(waiting: true) { administrator in
          try await run(quietly: quietly, database, administrator)
        }
      } else {
        try await run(prover(nil), quietly: quietly)
      }
    if let htmlPath { try HTMLPage(report).text.write(toFile: htmlPath, atomically: true, encoding: .utf8) }
    return report
  }

  private func run(
    quietly: Bool, _ context: DatabaseContext, _ administrator: Database
  ) async throws -> ProofReport {
    let (administration, site) = (context.administration, context.site)
    var database = ProofDatabase(
      administrator: administrator, escapeAttempts: administration.escapeAttempts, loop: site.loop,
      logger: site.logger, login: administration.login(of: site)
    ) { account in try administration.driver(as: account, of: site) }
    database.untriedRights = administration.untriedRights(in: administrator, of: site)
    let proven = try await run(prover(database), quietly: quietly)
    let provider = try await administration.providerResidues(in: administrator, of: site)
    var report = provider.map(proven.leavingOpen) ?? proven
    report.residues = (provider?.residues ?? []) + proven.residues
    return report
  }

  private func run(_ prover: Prover, quietly: Bool) async throws -> ProofReport {
    let console = engines.console
    return try await ProofStop.observing {
      try await prover.run { progress in
        if !quietly { console.bar(progress.done, of: progress.total, "cells tried") }
      }
    }
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
