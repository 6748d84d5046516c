/// One piece of a step that takes effect together or not at all.
///
/// Most steps have one part, a transaction. A step with more parts can be interrupted between two of them; the run
/// records the parts that are done, and the next run goes on behind them.
package enum StepPart: Sendable, Hashable {
  /// One statement of a transaction.
  package enum Instruction: Sendable, Hashable {
    case statement(String)
    /// A select whose rows fail the transaction; each is a text that the reason quotes.
    case refusal(query: String, reason: String)
    /// Fails the transaction where the data has rows whose loss is not approved. The next statement drops it.
    case loss(DroppedData)
  }

  case transaction([Instruction], rebuilds: Bool)
  /// An index that is built outside a transaction. `state` is a select as in ``OnlineIndexes/state``.
  case onlineIndex(name: String, create: String, drop: String, state: String)
  case backfill(Backfill)
  /// A statement that changes a definition and commits by itself. After an interruption it runs again. A refusal then counts
  /// as success where the catalog shows the whole effect; with `mayBeThere` also in the first run. Without an effect, no
  /// refusal does. What the statement drops must be empty, unless its loss is approved.
  case definition(
    String, mayBeThere: Bool, effect: DefinitionEffect?, dropped: [DroppedData] = [])

  /// The statements as text, for a reviewer.
  package var statements: [String] {
    switch self {
    case .transaction(let instructions, _):
      instructions.compactMap { if case .statement(let sql) = $0 { sql } else { nil } }
    case .onlineIndex(_, let create, _, _): [create]
    case .backfill(let backfill): [backfill.wholeStatement]
    case .definition(let sql, _, _, _): [sql]
    }
  }
}

extension Backfill {
  /// The statement that changes every row at once.
  var wholeStatement: String {
    "UPDATE \(table) SET \(assignments)" + (condition.map { " WHERE \($0)" } ?? "")
  }
}

/// A step with its parts in one engine's SQL.
package struct StepScript: Sendable, Hashable {
  /// The step.
  package let step: MigrationPlan.Step
  /// What it runs, in order.
  package let parts: [StepPart]
  /// The existing tables that the step alters, which other sessions may hold.
  package let tables: [String]

  /// What the step drops while it has no approval.
  var dropped: [DroppedData] { step.direction == .down ? step.changes.flatMap(\.dropped) : [] }

  /// Whether one transaction makes the whole step.
  var isAtomic: Bool {
    guard parts.count <= 1 else { return false }
    if case .transaction? = parts.first { return true }
    return parts.isEmpty
  }
}
