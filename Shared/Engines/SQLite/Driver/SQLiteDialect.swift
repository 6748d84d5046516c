import DataAccess

extension Dialect {
  /// SQLite 3.35 and newer.
  ///
  /// A moment is text in UTC, `2026-11-22 13:00:00.123456`: always of the same width, so that comparing texts compares
  /// moments, in the form of SQLite's own date functions, which PyDAL and other clients read and write too. The
  /// column's type name carries the affinity; `timestamp` and `date` would get NUMERIC, which leaves such text alone.
  package static let sqlite = Dialect(
    DialectCapabilities(
      engineName: "SQLite",
      placeholders: .positional("?"),
      insertedValues: .returning,
      upsert: .onConflict,
      supportsRowLocks: false,
      hasTransactionalDDL: true,
      enforcesDeclaredTypes: false,
      dropsIndexFromTable: false,
      tableExists: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
      columnExists: "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
      addsColumnIfMissing: false,
      bindLimit: 32_766,
      trueLiteral: "1",
      falseLiteral: "0",
      transactions: TransactionStatements(
        beginReadWrite: "BEGIN IMMEDIATE", beginConsistentRead: "BEGIN"),
      sessionLock: .writing,
      types: TypeNames(
        bigint: "bigint", integer: "integer", boolean: "boolean", varchar: "varchar", char: "char",
        text: "text",
        json: "text", timestamp: "timestamp", date: "date", identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
        currentTimestamp: "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')")))
}
