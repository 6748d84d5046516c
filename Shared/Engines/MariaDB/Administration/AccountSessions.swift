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
    try await numbers(
      """
      WHERE \(Self.isOfAccount) AND id <= ? AND id <> connection_id()
      """,
      [.text(account), .integer(last)], label: "find the sessions of an account")
  }

  /// The list compares names without case, and the server accounts with it.
  private static let isOfAccount = "cast(user AS binary) = cast(? AS binary)"

  /// The host without the port.
  private static let host = "regexp_replace(host, ':[0-9]+$', '')"

  /// The sessions of the account from the hosts of a pattern, without those from the hosts of others. A network has a
  /// mask, which no comparison of texts follows.
  private func numbers(
    of account: String, from hosts: String, besides others: [String]
  ) async throws(DatabaseError) -> [Int64] {
    let others = others.filter { !$0.contains("/") }
    let besides = others.map { _ in " AND NOT \(Self.host) LIKE ?" }.joined()
    let pattern = hosts.isEmpty || hosts.contains("/") ? MariaDBGrantee.anyHost : hosts
    return try await numbers(
      "WHERE \(Self.isOfAccount) AND id <> connection_id() AND \(Self.host) LIKE ?\(besides)",
      [.text(account), .text(pattern)] + others.map { .text($0) },
      label: "find the sessions of an account from some hosts")
  }

  /// The sessions from the hosts of a pattern, without the server's own, and those of the account and the host that asks.
  private func numbers(from hosts: String) async throws(DatabaseError) -> [Int64] {
    // A network has a mask, which no comparison of texts follows.
    let pattern = hosts.isEmpty || hosts.contains("/") ? MariaDBGrantee.anyHost : hosts
    return try await numbers(
      """
      WHERE id <> connection_id() AND user NOT IN ('system user', 'event_scheduler')
        AND \(Self.host) LIKE ?
        AND NOT (user = substring_index(user(), '@', 1) AND \(Self.host) = substring_index(user(), '@', -1))
      """,
      [.text(pattern)], label: "find the sessions from some hosts")
  }

  private func numbers(
    _ condition: String, _ bindings: [DatabaseValue], label: String
  ) async throws(DatabaseError) -> [Int64] {
    let rows = try await runner.unsafeQuery(
      unsafeSQL: "SELECT id FROM information_schema.processlist \(condition) ORDER BY id", bindings,
      label: label,
      isRead: true)
    var numbers: [Int64] = []
    for row in 0..<rows.rowCount { numbers.append(try rows.integer(row, 0)) }
    return numbers
  }

  /// Ends the sessions from the hosts of a pattern.
  func end(from hosts: String) async throws(DatabaseError) {
    try await end(try await numbers(from: hosts), of: "an account without a name")
  }

  /// Ends the sessions of the account from the hosts of a pattern, without those from the hosts of `others`.
  func end(of account: String, from hosts: String, besides others: [String]) async throws(DatabaseError) {
    try await end(try await numbers(of: account, from: hosts, besides: others), of: account)
  }

  /// Ends those sessions.
  func end(of account: String, before last: Int64) async throws(DatabaseError) {
    try await end(try await numbers(of: account, before: last), of: account)
  }

  private func end(_ numbers: [Int64], of account: String) async throws(DatabaseError) {
    for number in numbers {
      do throws(DatabaseError) {
        try await runner.change("KILL CONNECTION \(number)", label: "end a session of \(account)")
      } catch  where error.nativeCode == Self.unknownSession {
        continue
      }
    }
  }
}
