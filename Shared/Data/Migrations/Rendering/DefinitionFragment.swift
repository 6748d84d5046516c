import Schema

/// One statement of a change, and how it runs.
enum DefinitionFragment: Sendable, Hashable {
  /// Runs in one transaction with its neighbours.
  case joined(String)
  /// Changes a definition and commits by itself, on an engine that undoes no definition. Without an effect, a second run
  /// must do no harm.
  case committing(String, DefinitionEffect?)
  /// The same, and its effect may be there already: an index that a foreign key needs.
  case ensuring(String, DefinitionEffect?)
  /// Runs in a transaction of its own, because it takes long and holds only locks that let readers and writers pass.
  case alone(String)
  /// Returns no rows; a row fails the transaction, and its text is part of the reason.
  case refusal(query: String, reason: String)
  /// The data that the next statement drops.
  case losing(DroppedData)
  /// The transaction rebuilds a table, which needs settings of the session around it.
  case rebuilding
  /// Builds an index outside a transaction.
  case onlineIndex(OnlineIndexBuild)
  /// Runs in many transactions.
  case backfill(Backfill)
}

/// An index that is built outside a transaction, and what removes an interrupted build.
struct OnlineIndexBuild: Sendable, Hashable {
  let name: String
  let create: String
  let drop: String
  /// As ``OnlineIndexes/state``.
  let state: String
}
