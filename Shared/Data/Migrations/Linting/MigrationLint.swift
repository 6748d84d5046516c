/// Checks migrations against the rules, without a database.
///
/// It reads the steps up only: a step down is an operator's decision, whose losses `migrate down` announces.
package struct MigrationLint: Sendable {
  /// The most rows in a batch of a backfill, beyond which the batch holds up writers.
  package static let largestBatch = 20_000

  private let migrations: [Migration]
  private let engines: [String]

  /// The lint of these migrations; `engines` are the values of `DB_TYPE` that the release supports.
  package init(_ migrations: [Migration] = Migration.all, engines: [String]) {
    self.migrations = migrations
    self.engines = engines
  }

  /// Finds every violation. Fails where the versions are out of order or contradict each other.
  package func report() throws(PlanError) -> LintReport {
    try MigrationPlanner.check(migrations)
    var facts = VersionFacts()
    var findings: [LintFinding] = []
    for migration in migrations { findings += try check(migration, &facts) }
    return LintReport(
      findings: findings.filter { $0.allowed == nil }, allowed: findings.filter { $0.allowed != nil },
      versions: migrations.count)
  }

  private func check(_ migration: Migration, _ facts: inout VersionFacts) throws(PlanError) -> [LintFinding] {
    facts.begin()
    var findings: [LintFinding] = []
    var isAdditive = !migration.up.isEmpty
    for (index, change) in migration.up.enumerated() {
      let effect = ProgramCheck(facts: facts).effect(change)
      isAdditive = isAdditive && effect == .none
      var hits = hits(change, facts)
      if case .breaks(let what) = effect, migration.oldestProgram < migration.version {
        hits.append(
          LintHit(
            .breaksRunningProgram, "\(what), and programs from version \(migration.oldestProgram) on run"))
      }
      let place = LintPlace(migration, change: index)
      findings += place.findings(of: hits, allowing: migration.allowances.up[index])
      do {
        try facts.apply(change)
      } catch {
        throw .contradiction(version: migration.version, error)
      }
    }
    let hits = versionHits(migration, isAdditive: isAdditive)
    return LintPlace(migration).findings(of: hits, allowing: migration.allowances.version) + findings
      + LintPlace(migration).findings(of: [], allowing: migration.allowances.down.flatMap { $0 })
  }

  private func hits(_ change: SchemaChange, _ facts: VersionFacts) -> [LintHit] {
    if case .engineSQL(let sql) = change {
      return StatementCheck(facts: facts, engines: engines).hits(change)
        + sql.effects.flatMap { LossCheck(facts: facts).hits($0) + RowCheck(facts: facts).hits($0) }
    }
    return LossCheck(facts: facts).hits(change) + LockCheck(facts: facts).hits(change)
      + RowCheck(facts: facts).hits(change) + StatementCheck(facts: facts, engines: engines).hits(change)
  }

  private func versionHits(_ migration: Migration, isAdditive: Bool) -> [LintHit] {
    let oldest = migration.oldestProgram
    let between = migrations.filter { $0.version > oldest && $0.version < migration.version }
    if let stricter = between.last(where: { $0.oldestProgram > oldest }) {
      return [
        LintHit(
          .breaksRunningProgram,
          "version \(stricter.version) ends the support of programs before \(stricter.oldestProgram), "
            + "and this version names \(oldest)")
      ]
    }
    guard isAdditive, migration.version > 1, oldest == migration.version else { return [] }
    return [
      LintHit(.needlesslyBreaking, "programs of version \(migration.version - 1) are compatible with it")
    ]
  }
}

/// Where findings belong: a change of a version, or the version as a whole.
struct LintPlace {
  private let migration: Migration
  private let index: Int?

  init(_ migration: Migration, change index: Int? = nil) {
    self.migration = migration
    self.index = index
  }

  /// The violations that are switched off name the reason. A switch without a reason, or without effect, is a violation.
  func findings(of hits: [LintHit], allowing allowances: [Allowance]) -> [LintFinding] {
    let found = hits.map { hit in
      let allowance = allowances.first { $0.rule == hit.rule && $0.hasReason && hit.rule.canBeAllowed }
      return finding(hit, allowed: allowance?.reason)
    }
    let misused = allowances.compactMap { allowance -> LintHit? in
      let name = allowance.rule.rawValue
      if !allowance.hasReason { return LintHit(.allowanceWithoutReason, "the allowance of \(name)") }
      let isUsed = allowance.rule.canBeAllowed && hits.contains { $0.rule == allowance.rule }
      return isUsed ? nil : LintHit(.unusedAllowance, "the allowance of \(name)")
    }
    return found + misused.map { finding($0, allowed: nil) }
  }

  private func finding(_ hit: LintHit, allowed: String?) -> LintFinding {
    let template = MigrationTemplate(version: migration.version, name: migration.name)
    return LintFinding(
      rule: hit.rule, version: migration.version, file: template?.path ?? MigrationTemplate.folder,
      change: index.map { $0 + 1 }, source: index.map { migration.up[$0].sourceSummary }, detail: hit.detail,
      allowed: allowed)
  }
}
