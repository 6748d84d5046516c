import DataAccess

extension Dialect {
  /// MariaDB 10.6 and newer, and MySQL 8.4 and newer.
  ///
  /// Every text runs on both, so that a script which was written without a server does too; a session carries what more its
  /// server can do (``ServerAnswer``).
  ///
  /// Times are `datetime(6)` in UTC: `timestamp` ends in the year 2038. JSON documents are stored as text, so that reads
  /// return them byte for byte. Text compares by its bytes, trailing spaces included, as on the other engines.
  package static let mariaDB = Dialect(
    DialectCapabilities(
      engineName: ServerFamily.unknown.name,
      placeholders: .positional("?"),
      identifierQuote: "`",
      hasUnicodeEscapes: false,
      insertedValues: .identityInResult,
      upsert: .onDuplicateKey,
      returnsChangedRows: false,
      filtersAggregates: false,
      dayInUTC: SurroundingText(before: "date(", after: ")"),
      supportsRowLocks: true,
      openWriters: .unknown,
      serverMicroseconds: "SELECT CAST(unix_timestamp(sysdate(6)) * 1000000 AS SIGNED)",
      hasTransactionalDDL: false,
      typeChecks: .booleans,
      namesColumnChecks: false,
      dropsIndexFromTable: true,
      longTextDefaultsAreExpressions: true,
      tableExists:
        "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = ?",
      columnExists: """
        SELECT 1 FROM information_schema.columns
        WHERE table_schema = database() AND table_name = ? AND column_name = ?
        """,
      undefinedColumnCode: String(ServerFault.unknownColumn),
      addsColumnIfMissing: false,
      bindLimit: 65_535,
      trueLiteral: "1",
      falseLiteral: "0",
      transactions: TransactionStatements(
        beginReadWrite: "START TRANSACTION", beginConsistentRead: ConsistentRead.text),
      sessionLock: .claim(.mariaDB),
      definitions: .mariaDB,
      genericPlan: .none(because: "the engine explains no statement without its values"),
      types: TypeNames(
        bigint: "bigint", integer: "integer", boolean: "boolean", varchar: "varchar", char: "char",
        text: "longtext", json: "longtext", timestamp: "datetime(6)", date: "date",
        identity: "bigint NOT NULL AUTO_INCREMENT PRIMARY KEY", currentTimestamp: "CURRENT_TIMESTAMP(6)",
        textSuffix: " CHARACTER SET utf8mb4 \(SessionSettings.collation)")))
}

/// The two statements that begin a transaction that reads from one snapshot. Under the session's isolation, READ
/// COMMITTED, each statement would have its own.
enum ConsistentRead {
  static let parts = [
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
  ]

  /// The dialect's text, which the connection sends in its parts.
  static let text = parts.joined(separator: "; ")
}
