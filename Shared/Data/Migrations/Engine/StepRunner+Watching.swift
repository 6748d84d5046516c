import DataAccess

/// Reports about statements that run for long.
extension StepRunner {
  /// How often a running statement is reported.
  private static var reportSeconds: Int { 5 }

  /// Runs one statement, and reports every few seconds that it still runs, with what the engine shows about it.
  func watched(_ body: () async throws(DatabaseError) -> Void) async throws(DatabaseError) {
    let observer = Task { await watch() }
    defer { observer.cancel() }
    try await body()
  }

  /// What the engine says of the step's tables before the step; nothing where the account may not ask.
  func widerWaits() async -> [String] {
    guard let text = session.dialect.definitions.widerWaits else { return [] }
    var found: [String] = []
    for table in script.tables {
      let query = Query(
        sql: text, bindings: [.text(table)], operation: Operation(.other, label: "look at a table"),
        isRead: true, isReusable: false)
      guard let rows = try? await session.execute(query), rows.rowCount > 0 else { continue }
      if let text = try? rows.text(0, 0) { found.append(text) }
    }
    return found
  }

  private func watch() async {
    var seconds = 0
    while true {
      try? await Task.sleep(for: .seconds(Self.reportSeconds))
      if Task.isCancelled { return }
      seconds += Self.reportSeconds
      let detail = await activity()
      if Task.isCancelled { return }
      report(.running(step, seconds: seconds, detail: detail))
    }
  }

  /// Reads over another connection, because the session's own one is busy.
  private func activity() async -> String {
    guard let number = sessions.number, let waits = session.dialect.definitions.lockWaits else { return "" }
    let query = Query(
      sql: waits.activity, bindings: [.integer(number)],
      operation: Operation(.other, label: "look at a session"),
      isRead: true, isReusable: false)
    let rows = try? await engine.database.execute(query)
    return rows.flatMap { $0.rowCount > 0 ? try? $0.text(0, 0) : nil } ?? ""
  }
}
