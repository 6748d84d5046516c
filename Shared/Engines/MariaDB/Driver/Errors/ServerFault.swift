import CMariaDB

/// An error of the server or of libmariadb: its number, SQLSTATE and message.
struct ServerFault: Error, Sendable, Equatable {
  static let unknownColumn: UInt32 = 1054
  static let syntaxError: UInt32 = 1064
  static let deadlock: UInt32 = 1213
  static let interrupted: UInt32 = 1317
  static let lockTimeout: UInt32 = 1205
  static let statementTime: UInt32 = 1969
  static let nodeNotReady: UInt32 = 1047
  static let failedCommit: UInt32 = 1180
  static let writeInReadingTransaction: UInt32 = 1792
  static let tooManyStatements: UInt32 = 1461
  static let blockedAccount: UInt32 = 4150
  static let deniedDatabase: UInt32 = 1044

  let code: UInt32
  let state: String
  let message: String
  /// Whether the transaction was begun as one that only reads. The server refuses a write in it with the number with which
  /// it refuses all writes of a session that only reads.
  var isOfReadingTransaction = false
  /// Whether a node of a cluster refuses a read at once because it could not wait for what the cluster has committed: a node
  /// without a majority does so, with the number of a row's lock.
  var isOfWaitForCluster = false

  init(code: UInt32, state: String = "", message: String) {
    self.code = code
    self.state = state
    self.message = message
  }

  /// The last error of a connection.
  init(of connection: UnsafeMutablePointer<MYSQL>) {
    self.init(
      code: mysql_errno(connection), state: mysql_sqlstate(connection).map { String(cString: $0) } ?? "",
      message: mysql_error(connection).map { String(cString: $0) } ?? "")
  }

  /// The last error of a prepared statement.
  init(of statement: UnsafeMutablePointer<MYSQL_STMT>) {
    self.init(
      code: mysql_stmt_errno(statement),
      state: mysql_stmt_sqlstate(statement).map { String(cString: $0) } ?? "",
      message: mysql_stmt_error(statement).map { String(cString: $0) } ?? "")
  }

  /// The same error with more words.
  func adding(_ words: String) -> ServerFault {
    ServerFault(code: code, state: state, message: message + words)
  }

  /// libmariadb's own errors, which come from no server.
  private static let ownCodes: ClosedRange<UInt32> = 2000...2999

  /// Whether libmariadb reports it, and not the server.
  var isOwn: Bool { Self.ownCodes.contains(code) }

  /// Whether libmariadb refuses the way in which the account signs in (its number 5010).
  var meansRefusedMethod: Bool { code == 5010 }

  /// Whether the session has ended: the connection is gone, the packets have no order any more (also
  /// 2057: the result has other columns than the statement had when it was prepared), or the server has said
  /// that it ends the session (1053, 1927, 4031).
  var endsSession: Bool { [2000, 2006, 2008, 2013, 2014, 2027, 2055, 2057, 1053, 1927, 4031].contains(code) }

  /// The session is in a transaction that this driver has not begun: something between it and the server, or the server, has
  /// changed the session's settings. What it writes would be lost with the connection.
  static let strangeTransaction = ServerFault(
    code: 2014,
    message:
      "the session is in a transaction that was not begun (its completion_type or autocommit has changed)")

  /// Why the server takes no writes of this session; nil where it does.
  var readOnlyReason: String? {
    if code == 1665, message.contains("BINLOG_FORMAT") { return ConnectionFailure.statementLogReason }
    return meansReadOnlyServer ? ConnectionFailure.readOnlyReason : nil
  }

  /// Whether the server is read-only. 1290 has several reasons; 1836 is MySQL's read-only mode.
  private var meansReadOnlyServer: Bool {
    code == 1836 || (code == Self.writeInReadingTransaction && !isOfReadingTransaction)
      || (code == 1290 && (message.contains("read-only") || message.contains("read_only")))
  }

  /// Whether the server is a node of a cluster that is not ready: it has refused the statement, or lost the cluster in
  /// the middle of a commit.
  var meansNodeNotReady: Bool { code == Self.nodeNotReady || isFailedReplication || isOfWaitForCluster }

  /// Whether the cluster may or may not have committed the transaction. The number alone has other reasons.
  var isFailedReplication: Bool { code == Self.failedCommit && message.contains("provider status") }

  /// Whether the operating system has no room for a file of the server: its number 28 is in errors of many numbers.
  var meansFullDisk: Bool { message.contains("Got error 28 ") || message.contains("(Errcode: 28 ") }

  /// The server's words, and what they mean where they do not say so.
  var explanation: String {
    if isOfWaitForCluster {
      return "the node waits for no change of the cluster: it has no majority, or is not ready (\(message))"
    }
    guard code == Self.blockedAccount else { return message }
    return
      "wrong passwords have blocked the account (max_password_errors), and the right one is refused too: ALTER USER of "
      + "the account by an administrator, or FLUSH PRIVILEGES by the superuser, admits it again (\(message))"
  }

  /// Whether the account may not use the relation or its column: 1142, 1143.
  var deniesRelation: Bool { code == 1142 || code == 1143 }

  /// Whether the server has undone the whole transaction, not only the statement.
  var undoesTransaction: Bool { code == Self.deadlock }
}
