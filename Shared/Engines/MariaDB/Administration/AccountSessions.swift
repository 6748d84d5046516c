import DataAccess

/// The sessions of an account, by their numbers.
struct AccountSessions {
  private let runner: any StatementRunner

  init(_ runner: any StatementRunner) {
    self.runner = runner
  }

  /// The session has ended by itself.
  private static let unknownSession = "1094"

  /// The sessions with a number of at most `last`, without the one that asks.
  func numbers(of account: String, before last: Int64) async throws(DatabaseError) -> [Int64] {
    let rows = try await runner.unsafeQuery(
      unsafeSQL: """
        SELECT id FROM information_schema.processlist
        WHERE user = ? AND id <= ? AND id <> connection_id() ORDER BY id
        """,
      [.text(account), .integer(last)], label: "find the sessions of an account", isRead: true)
    var numbers: [Int64] = []
    for row in 0..<rows.rowCount { numbers.append(try rows.integer(row, 0)) }
    return numbers
  }

  /// Ends those sessions.
  func end(of account: String, before last: Int64) async throws(DatabaseError) {
    for number in try await numbers(of: account, before: last) {
      do throws(DatabaseError) {
        try await runner.change("KILL CONNECTION \(number)", label: "end a session of \(account)")
      } catch  where error.nativeCode == Self.unknownSession {
        continue
      }
    }
  }
}
