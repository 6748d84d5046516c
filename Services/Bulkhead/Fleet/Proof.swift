import AccessManifest
import Cache
import DataAccess
import Foundation
import Isolation
import Runtime
import Schema

/// `access prove`: composes the prover with the engines that are configured, and shows what it found.
struct Proof: Sendable {
  /// A line of progress for so many cells.
  private static let cellsPerLine = 500

  let workbench: Workbench

  func run(json: Bool, htmlPath: String?) async throws -> Runtime.ExitCode {
    let console = workbench.console
    let report = try await workbench.withDatabase(waiting: true) { database in
      try await prover(administrator: database).run { progress in
        guard !json, progress.done % Self.cellsPerLine == 0 || progress.done == progress.total else { return }
        console.progress("\(progress.done) of \(progress.total) cells tried")
      }
    }
    if let htmlPath { try HTMLPage(report).text.write(toFile: htmlPath, atomically: true, encoding: .utf8) }
    if json {
      try console.answer(report)
    } else {
      console.say(TerminalMatrix(report, isColoured: console.out.isOn).text)
    }
    return report.isClean ? .success : .difference
  }

  private func prover(administrator: Database) -> Prover {
    let workbench = workbench
    let database = ProofDatabase(
      administrator: administrator, engineProbes: databaseProbes, loop: workbench.loop,
      logger: workbench.logger
    ) { account in
      // SQLite has no passwords: the account's name selects its rights.
      let isEmbedded = workbench.environment.database.engine == .sqlite
      let password = isEmbedded ? .init("") : try workbench.credentials.password(of: account)
      return workbench.accountDriver(account, password)
    }
    return Prover(manifest: workbench.manifest, database: database, cache: cache, now: { Timestamp.now() })
  }

  private var databaseProbes: EngineProbes {
    switch workbench.environment.database.engine {
    case .sqlite: .sqlite
    case .postgresql, .mysql: .postgreSQL
    }
  }

  private var cache: ProofCache {
    let workbench = workbench
    switch workbench.environment.cache.kind {
    case .redis:
      return ProofCache(probes: .redis) { account in
        let password = try workbench.credentials.password(of: account)
        return try await RedisConnection.open(
          workbench.cacheConfiguration(account: account, password: password),
          options: RedisOptions(connectionName: "bulkhead-proof"), on: workbench.loop)
      }
    case .memory:
      let store = MemoryStore()
      return ProofCache(probes: .memory) { account in
        store.connection(account: account, rights: workbench.manifest.cacheRights(of: account))
      }
    }
  }
}

extension AccessManifest {
  /// What a cache account may do, in the terms of the memory cache.
  fileprivate func cacheRights(of account: String) -> [CacheRights] {
    (cacheAccount(named: account)?.keys ?? []).map { key in
      CacheRights(keyPrefix: key.prefix, access: key.access == .readWrite ? .readWrite : .read)
    }
  }
}
