import AccessManifest
import AccessProof
import Cache
import Clock
import DataAccess
import Foundation
import Runtime
import Schema

/// `access prove`: runs the prover on the configured engines and prints its report.
struct Proof: Sendable {
  let context: FleetContext

  func run(json: Bool, htmlPath: String?) async throws -> Runtime.ExitCode {
    let console = context.console
    let report = try await context.database.withDatabase(waiting: true) { database in
      let prover = prover(administrator: database)
      return try await ProofStop.observing {
        try await prover.run { console.bar($0.done, of: $0.total, "cells tried") }
      }
    }
    if let htmlPath { try HTMLPage(report).text.write(toFile: htmlPath, atomically: true, encoding: .utf8) }
    if json {
      try console.printJSON(report)
    } else {
      console.print(TerminalMatrix(report, isColoured: console.out.isOn).text)
    }
    return report.isClean ? .success : .difference
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
