import DataAccess
import Schema

/// Renders steps in one engine's SQL, and refuses what cannot run. Needs no database.
struct StepScriptWriter {
  let dialect: Dialect
  let known: [Migration]

  /// Renders all steps before the first one runs, so that a contradiction in a later one stops the run early.
  func scripts(of steps: [MigrationPlan.Step]) throws(PlanError) -> [StepScript] {
    var scripts: [StepScript] = []
    for step in steps { scripts.append(try script(of: step)) }
    return scripts
  }

  func script(of step: MigrationPlan.Step) throws(PlanError) -> StepScript {
    var tables = try tables(before: step)
    var created: Set<String> = []
    var altered: [String] = []
    var fragments: [DefinitionFragment] = []
    for change in step.changes {
      try check(change, of: step)
      let writer = DefinitionWriter(dialect: dialect)
      fragments += losing(change, step, writer.fragments(for: change, in: tables, created: created))
      if let table = change.alteredTable, !created.contains(table), !altered.contains(table) {
        altered.append(table)
      }
      if case .createTable(let table) = change { created.insert(table.name) }
      try apply(change, to: &tables, step)
    }
    return StepScript(step: step, parts: Self.parts(fragments), tables: altered)
  }

  /// Names what a step down drops before the statement that drops it: the last one of its change where each commits by
  /// itself.
  private func losing(
    _ change: SchemaChange, _ step: MigrationPlan.Step, _ fragments: [DefinitionFragment]
  ) -> [DefinitionFragment] {
    let lost = step.direction == .down ? change.dropped.map { DefinitionFragment.losing($0) } : []
    guard !dialect.hasTransactionalDDL, case .dropColumn = change else { return lost + fragments }
    return fragments.dropLast() + lost + fragments.suffix(1)
  }

  private func tables(before step: MigrationPlan.Step) throws(PlanError) -> SchemaHistory {
    var tables = SchemaHistory()
    for migration in known where migration.version < step.migration.version {
      for change in migration.up { try apply(change, to: &tables, MigrationPlan.Step(migration, .up)) }
    }
    guard step.direction == .down else { return tables }
    for change in step.migration.up { try apply(change, to: &tables, step) }
    return tables
  }

  private func apply(
    _ change: SchemaChange, to tables: inout SchemaHistory, _ step: MigrationPlan.Step
  ) throws(PlanError) {
    do {
      try tables.apply(change)
    } catch {
      throw .contradiction(version: step.migration.version, error)
    }
  }

  private func check(_ change: SchemaChange, of step: MigrationPlan.Step) throws(PlanError) {
    let version = step.migration.version
    var texts: [String] = []
    switch change {
    case .data(let statements):
      texts = statements
    case .backfill(let backfill):
      texts = [backfill.wholeStatement]
    case .engineSQL(let sql):
      guard let statements = sql.statements[dialect.definitions.engine] else {
        throw .noEngineSQL(version: version, engine: dialect.engineName)
      }
      texts = statements
    case .createIndex(let index, let table):
      try checkCondition(of: [index], on: table, version)
    case .createTable(let table):
      try checkCondition(of: table.indexes, on: table.name, version)
    case .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference,
      .addCheck, .dropCheck, .dropIndex, .allowed:
      break
    }
    if let text = texts.first(where: TransactionControl.isIn) {
      throw .transactionControl(version: version, text: text)
    }
  }

  private func checkCondition(
    of indexes: [IndexDefinition], on table: String, _ version: Int
  ) throws(PlanError) {
    guard !dialect.definitions.hasPartialIndexes else { return }
    for index in indexes where index.condition != nil {
      throw .noPartialIndex(version: version, index: index.name(on: table), engine: dialect.engineName)
    }
  }

  // MARK: Parts

  private static func parts(_ fragments: [DefinitionFragment]) -> [StepPart] {
    var parts: [StepPart] = []
    var open: [StepPart.Instruction] = []
    var rebuilds = false
    var lost: [DroppedData] = []
    func takeLost() -> [DroppedData] {
      defer { lost = [] }
      return lost
    }
    func close() {
      if !open.isEmpty { parts.append(.transaction(open, rebuilds: rebuilds)) }
      open = []
      rebuilds = false
    }
    for fragment in fragments {
      switch fragment {
      case .losing(let data): lost.append(data)
      case .joined(let sql): open += takeLost().map { .loss($0) } + [.statement(sql)]
      case .refusal(let query, let reason): open.append(.refusal(query: query, reason: reason))
      case .rebuilding: rebuilds = true
      case .committing(let sql, let effect):
        close()
        parts.append(.definition(sql, mayBeThere: false, effect: effect, dropped: takeLost()))
      case .ensuring(let sql, let effect):
        close()
        parts.append(.definition(sql, mayBeThere: true, effect: effect))
      case .alone(let sql):
        close()
        parts.append(.transaction([.statement(sql)], rebuilds: false))
      case .onlineIndex(let build):
        close()
        parts.append(
          .onlineIndex(name: build.name, create: build.create, drop: build.drop, state: build.state))
      case .backfill(let backfill):
        close()
        parts.append(.backfill(backfill))
      }
    }
    close()
    return parts
  }
}
