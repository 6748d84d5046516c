import DataAccess

/// Rows that a step down would drop. A count from before its locks proves nothing: a writer may commit meanwhile.
extension StepRunner {
  /// Fails where the data has rows whose loss is not approved. The transaction of `runner` drops it next, and nothing can
  /// add a row before its end.
  func refuseLoss(of data: DroppedData, _ runner: any StatementRunner) async throws(DatabaseError) {
    guard !approval.covers(data) else { return }
    if case .lock(let text) = runner.dialect.definitions.dropGuard, try await runner.hasTable(data.table) {
      try await change(text(runner.dialect.quoted(data.table)), runner)
    }
    try await refuseRows(of: data, runner)
  }

  /// Fails where the data has rows now. `name` is the table's name while it has another one.
  func refuseRows(
    of data: DroppedData, named name: String? = nil, _ runner: some StatementRunner
  ) async throws(DatabaseError) {
    guard let loss = try await runner.loss(of: data, named: name), loss.rowCount > 0 else { return }
    throw DatabaseError(
      .checkViolation, operation: label, detail: "it \(loss); confirm the loss of this data with --yes")
  }

  // MARK: Statements that commit by themselves

  /// Runs a statement that drops this data and commits by itself.
  ///
  /// A table whose rows are counted has another name meanwhile, so that nothing can add one. A column keeps its table in
  /// use: the count sees every transaction that began before it, and a write between the count and the change is lost.
  func change(_ sql: String, dropping dropped: [DroppedData]) async throws(DatabaseError) {
    guard case .rename(let words) = session.dialect.definitions.dropGuard else {
      return try await change(sql, session)
    }
    // An earlier run may have been cut off while the table was set aside.
    for data in dropped { try await restore(data.table, words) }
    for data in dropped where !approval.covers(data) {
      guard try await session.loss(of: data) != nil else { continue }
      try await change(words(quoted(data.table), quoted(Self.asideName(data.table))), session)
      let writer = DefinitionWriter(dialect: session.dialect)
      do throws(DatabaseError) {
        if sql == writer.dropTable(data.table) {
          try await refuseRows(of: data, named: Self.asideName(data.table), session)
          return try await change(writer.dropTable(Self.asideName(data.table)), session)
        }
      } catch {
        try? await restore(data.table, words)
        throw error
      }
      try await restore(data.table, words)
      try await refuseRows(of: data, session)
    }
    try await change(sql, session)
  }

  /// Gives a table that was set aside its name back. A stop that was requested meanwhile does not keep it from that.
  private func restore(
    _ table: String, _ words: (String, String) -> String
  ) async throws(DatabaseError) {
    let aside = Self.asideName(table)
    guard try await session.hasTable(aside), try await !session.hasTable(table) else { return }
    _ = try await session.unsafeQuery(unsafeSQL: words(quoted(aside), quoted(table)), label: label)
  }

  /// The name of a table while its rows are counted.
  static func asideName(_ table: String) -> String { "bulkhead_dropping_\(table)" }

  private func quoted(_ name: String) -> String { session.dialect.quoted(name) }
}
