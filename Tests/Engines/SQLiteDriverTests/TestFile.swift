import DataAccess
import Glibc
import Testing

@testable import SQLiteDriver

/// A test's own database file, with a small schema, some rows and the rights of four accounts. `deinit` removes it.
final class TestFile {
  let directory: String
  let path: String

  init() throws {
    var template = Array("/tmp/bulkhead-sqlite-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { name in
      name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    directory = try #require(made)
    path = directory + "/test.db"
    let admin = try admin()
    for sql in Self.schema { try admin.run(.of(sql), on: .generous) }
    for (account, rights) in Self.accounts { try store(rights, for: account, by: admin) }
  }

  deinit {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    rmdir(directory)
  }

  func opener(_ account: SessionOpener.Account, _ options: SQLiteOptions = SQLiteOptions()) -> SessionOpener {
    SessionOpener(path: path, account: account, options: options)
  }

  /// Opens a session without restrictions.
  func admin() throws -> FileSession { try opener(.unrestricted).open(for: .writing) }

  func session(as account: String, for purpose: SessionOpener.Purpose = .writing) throws -> FileSession {
    try opener(.restricted(account)).open(for: purpose)
  }

  func store(_ rights: SQLiteRights, for account: String, by admin: FileSession) throws {
    let json = try rights.json()
    try admin.run(.of(SQLiteRights.storing(json, of: account)), on: .generous)
  }

  static func copy(_ source: String, to target: String) throws {
    let from = try #require(fopen(source, "r"))
    defer { fclose(from) }
    let to = try #require(fopen(target, "w"))
    defer { fclose(to) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, from), count > 0 { fwrite(buffer, 1, count, to) }
  }

  static let schema = [
    """
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email varchar(255) NOT NULL UNIQUE,
      password varchar(255) NOT NULL, active boolean NOT NULL DEFAULT 1)
    """,
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id bigint NOT NULL REFERENCES users (id))",
    """
    CREATE TABLE platform_integrations (id INTEGER PRIMARY KEY AUTOINCREMENT, platform varchar(32) NOT NULL,
      external_id varchar(255) NOT NULL, channel varchar(255),
      settings text NOT NULL DEFAULT '{}',
      updated_at timestamp NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
      UNIQUE (platform, external_id))
    """,
    """
    CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, type varchar(64) NOT NULL,
      source varchar(32) NOT NULL DEFAULT 'connector')
    """,
    "CREATE TABLE ledger (id INTEGER PRIMARY KEY, name text UNIQUE)",
    SQLiteRights.createTableSQL,
    "INSERT INTO users (email, password) VALUES ('ann@example.com', 'hash-of-ann'), ('bob@example.com', 'hash-of-bob')",
    "INSERT INTO sessions (user_id) VALUES (1)",
    """
    INSERT INTO platform_integrations (platform, external_id, channel)
    VALUES ('twitch', 't1', 'red'), ('twitch', 't2', 'green'), ('discord', 'd1', 'secret-of-discord')
    """,
    "INSERT INTO events (type, source) VALUES ('user.created', 'backend-api')",
    "INSERT INTO ledger (id, name) VALUES (1, 'first')",
  ]

  static let backend = "backend-api-rw"
  static let analytics = "analytics-ro"
  static let twitch = "twitch-trigger"
  static let connector = "connector-rw"

  static let accounts: [(String, SQLiteRights)] = [
    (
      backend,
      SQLiteRights(tables: [
        "users": .four, "sessions": .four,
        "events": .init(insert: .init(rows: .init(column: "source", value: "backend-api"))),
        "ledger": .init(select: .all, insert: .all),
      ])
    ),
    (
      analytics,
      SQLiteRights(tables: [
        "users": .init(select: .init(columns: ["id", "active"])), "events": .init(select: .all),
      ])
    ),
    (
      twitch,
      SQLiteRights(tables: [
        "platform_integrations": .four(where: "platform", is: "twitch"),
        "events": .init(insert: .init(rows: .init(column: "source", value: "twitch-trigger"))),
      ])
    ),
    (
      connector,
      SQLiteRights(tables: [
        "platform_integrations": .init(
          select: .all, insert: .all, update: .init(columns: ["channel", "updated_at"]), delete: .all),
        "events": .init(select: .all, insert: .init(rows: .init(column: "source", value: "connector"))),
      ])
    ),
  ]
}

extension SQLiteRights.TableRights {
  static let four = SQLiteRights.TableRights(select: .all, insert: .all, update: .all, delete: .all)

  static func four(where column: String, is value: String) -> SQLiteRights.TableRights {
    let right = SQLiteRights.Right(rows: .init(column: column, value: value))
    return SQLiteRights.TableRights(select: right, insert: right, update: right, delete: right)
  }
}

extension Query {
  /// Makes a statement of a test.
  static func of(_ sql: String, _ bindings: DatabaseValue..., isRead: Bool = false) -> Query {
    Query(sql: sql, bindings: bindings, operation: Operation(.other, label: "test"), isRead: isRead)
  }
}

extension FileSession.Terms {
  static let generous = FileSession.Terms(
    timeouts: StatementTimeouts(statementMilliseconds: 60_000, lockMilliseconds: 60_000))
  static let short = FileSession.Terms(
    timeouts: StatementTimeouts(statementMilliseconds: 60_000, lockMilliseconds: 20))
}

extension FileSession {
  /// Runs a statement and returns its rows as values.
  @discardableResult
  func rows(_ sql: String, _ bindings: DatabaseValue...) throws -> [[DatabaseValue]] {
    let query = Query(sql: sql, bindings: bindings, operation: Operation(.other, label: "test"))
    let result = try run(query, on: .generous)
    return try (0..<result.rowCount).map { row in
      try result.columnNames.indices.map { try result.value(row, $0) }
    }
  }

  /// Returns the first field of the first row.
  func scalar(_ sql: String) throws -> DatabaseValue? { try rows(sql).first?.first }

  /// Runs a statement that must be denied for lack of a right, and returns the denial.
  @discardableResult
  func denial(
    of sql: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> PermissionDenial {
    do {
      let rows = try rows(sql)
      Issue.record("the statement was allowed and returned \(rows)", sourceLocation: sourceLocation)
    } catch let error as DatabaseError {
      if case .permissionDenied(let denial) = error.kind { return denial }
      Issue.record(
        "the statement failed for another reason: \(error) \(error.detail ?? "")",
        sourceLocation: sourceLocation)
    }
    throw NotDenied()
  }

  struct NotDenied: Error {}
}

extension FileSession {
  /// Runs a statement and returns its error; nil when it succeeds.
  func attempt(_ sql: String) -> DatabaseError? {
    do {
      _ = try run(.of(sql), on: .generous)
      return nil
    } catch {
      return error
    }
  }
}
