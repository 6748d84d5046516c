import DataAccess

extension DatabaseError {
  /// Translates the failure of a statement of `account` into the error that all engines share.
  init(_ fault: ServerFault, during operation: Operation, account: String) {
    self.init(
      Self.kind(of: fault, during: operation, account: account), nativeCode: String(fault.code),
      operation: operation.description,
      isRetryable: Self.retriedCodes.contains(fault.code) ? true : nil, detail: fault.explanation)
  }

  /// Refusals after which a whole transaction may run again, beside the deadlock: the wait for a row's lock is over, and a
  /// node of a cluster has no majority.
  private static let retriedCodes: Set<UInt32> = [ServerFault.lockTimeout, ServerFault.nodeNotReady]

  private static func kind(of fault: ServerFault, during operation: Operation, account: String) -> Kind {
    if fault.readOnlyReason != nil { return .readOnlyServer }
    if fault.endsSession || fault.isFailedReplication || fault.isOfWaitForCluster { return .connectionLost }
    let isLogin = operation.label == Self.connecting
    if deniedCodes.contains(fault.code) || (!isLogin && deniedLater.contains(fault.code)) {
      return .permissionDenied(denial(fault, operation, account))
    }
    if duplicateCodes.contains(fault.code) {
      return .uniqueViolation(constraint: constraint(in: fault.message))
    }
    if let kind = kinds[fault.code] { return kind }
    if fault.meansFullDisk { return .storageFull }
    return switch fault.state.prefix(2) {
    case "08": .connectionLost
    case "21", "42": .invalidStatement
    case "22": .valueOutOfRange
    case "28": .authenticationFailed
    case "40": .serializationFailure
    default: .other
    }
  }

  /// 1044 database, 1095 session of another account, 1142 table, 1143 column, 1227 special privilege, 1345 table beneath a
  /// view, 1369 a row outside of the view that it is written through, 1370 routine, 1410 no right to create an account,
  /// 1419 a trigger or routine on a server with a binary log, 1959 role, 3530 role of MySQL.
  static let deniedCodes: Set<UInt32> = [
    1044, 1095, 1142, 1143, 1227, 1345, 1369, 1370, 1410, 1419, 1959, 3530,
  ]
  /// The server uses the numbers of a refused login for some privileges, too: FILE, PROXY.
  private static let deniedLater: Set<UInt32> = [1045, 1698]
  private static let duplicateCodes: Set<UInt32> = [1062, 1169, 1586]

  /// The numbers of https://mariadb.com/kb/en/mariadb-error-code-reference/ whose SQLSTATE says less.
  private static let kinds: [UInt32: Kind] = [
    1048: .notNullViolation, 1364: .notNullViolation, 1423: .notNullViolation, 1263: .notNullViolation,
    1216: .foreignKeyViolation, 1217: .foreignKeyViolation, 1451: .foreignKeyViolation,
    1452: .foreignKeyViolation,
    3819: .checkViolation, 4025: .checkViolation,
    ServerFault.deadlock: .deadlock, 1020: .serializationFailure, ServerFault.lockTimeout: .lockTimeout,
    3572: .lockTimeout,
    ServerFault.interrupted: .statementTimeout, ServerFault.statementTime: .statementTimeout,
    3024: .statementTimeout,
    1021: .storageFull, 1114: .storageFull, 1041: .storageFull,
    1040: .tooManyConnections, 1203: .tooManyConnections, 1226: .tooManyConnections,
    ServerFault.tooManyStatements: .tooManyConnections,
    1045: .authenticationFailed, 1698: .authenticationFailed, 1862: .authenticationFailed,
    3118: .authenticationFailed, 4151: .authenticationFailed,
    ServerFault.nodeNotReady: .connectionLost,
    1054: .invalidStatement, 1060: .invalidStatement, 1064: .invalidStatement, 1146: .invalidStatement,
    1210: .invalidStatement, 1295: .invalidStatement,
    1264: .valueOutOfRange, 1265: .valueOutOfRange, 1292: .valueOutOfRange, 1366: .valueOutOfRange,
    1406: .valueOutOfRange, 1411: .valueOutOfRange, 1690: .valueOutOfRange, 1153: .valueOutOfRange,
    2020: .valueOutOfRange, ServerFault.unbindable: .valueOutOfRange,
  ]

  /// `Duplicate entry 'x' for key 'label'`, or with MySQL `'samples.label'`. The value may contain anything, so the last
  /// such words count.
  private static func constraint(in message: String) -> String? {
    guard let range = message.ranges(of: "for key '").last else { return nil }
    return message[range.upperBound...].prefix { $0 != "'" }.split(separator: ".").last.map(String.init)
  }

  /// ``SELECT command denied to user 'a'@'b' for table `app`.`users` ``, and for a column
  /// `SELECT command denied to user 'a'@'b' for column 'email' in table 'users'`.
  private static func denial(
    _ fault: ServerFault, _ operation: Operation, _ account: String
  ) -> PermissionDenial {
    let words = fault.code == 1369 ? " failed " : " table "
    let table =
      name(behind: words, in: fault.message).map(ScopedRelations.table(ofRelation:)) ?? operation.table
    let column = fault.code == 1143 ? name(behind: " for column ", in: fault.message) : nil
    return PermissionDenial(account: account, verb: operation.verb, table: table, column: column)
  }

  /// The last part of a quoted name, which may have the database before it.
  private static func name(behind words: String, in message: String) -> String? {
    guard let range = message.ranges(of: words).last else { return nil }
    let quoted = message[range.upperBound...].prefix { $0 != " " }
    return quoted.split(separator: ".").last.map { $0.filter { $0 != "`" && $0 != "'" } }
  }
}
