import AccessManifest

/// Where a privilege applies.
enum MariaDBPlace: Hashable {
  case global
  /// Every database that the pattern matches.
  case database(pattern: String)
  case table(database: String, name: String)
  case column(database: String, table: String, name: String)
  /// The kind is `PROCEDURE`, `FUNCTION`, `PACKAGE` or `PACKAGE BODY`.
  case routine(database: String, kind: String, name: String)
  /// The right to become another account.
  case proxy(MariaDBGrantee)
  /// The membership in a role.
  case role(MariaDBGrantee)

  /// The object in a statement; columns stand with the privilege.
  var sql: String {
    switch self {
    case .global: "*.*"
    case .database(let pattern): "\(MariaDBSQL.identifier(pattern)).*"
    case .table(let database, let name), .column(let database, let name, _):
      "\(MariaDBSQL.identifier(database)).\(MariaDBSQL.identifier(name))"
    case .routine(let database, let kind, let name):
      "\(kind) \(MariaDBSQL.identifier(database)).\(MariaDBSQL.identifier(name))"
    // A proxied account without a host is another one than that of any host.
    case .proxy(let account):
      "\(MariaDBSQL.identifier(account.user))@\(MariaDBSQL.identifier(account.host))"
    case .role(let account): account.sql
    }
  }

  /// The object without its columns: privileges there share a statement.
  var object: MariaDBPlace {
    if case .column(let database, let table, _) = self { return .table(database: database, name: table) }
    return self
  }

  var column: String? {
    if case .column(_, _, let name) = self { name } else { nil }
  }

  /// The object in reports.
  func displayName(in database: String) -> String {
    switch self {
    case .global: "server"
    case .database(let pattern): pattern == MariaDBSQL.pattern(of: database) ? "database" : "\(pattern).*"
    case .table(let home, let name), .column(let home, let name, _), .routine(let home, _, let name):
      home == database ? name : "\(home).\(name)"
    case .proxy(let account), .role(let account): account.displayName
    }
  }

  /// Whether it concerns the database.
  func isIn(_ database: String) -> Bool {
    switch self {
    case .global, .proxy, .role: false
    case .database(let pattern): MariaDBSQL.pattern(pattern, covers: database)
    case .table(let home, _), .column(let home, _, _), .routine(let home, _, _): home == database
    }
  }
}

/// One privilege of one grantee.
struct MariaDBPrivilege: Hashable {
  let grantee: MariaDBGrantee
  let place: MariaDBPlace
  /// In upper case: `SELECT`, `GRANT OPTION`, `MEMBER`.
  let name: String

  init(_ name: String, on place: MariaDBPlace, to grantee: MariaDBGrantee) {
    self.grantee = grantee
    self.place = place
    self.name = name
  }

  /// The same privilege on the whole table; nil for one that is not on a column.
  var onTable: MariaDBPrivilege? {
    place.column == nil ? nil : MariaDBPrivilege(name, on: place.object, to: grantee)
  }

  /// `SELECT (email) on users`.
  func text(in database: String) -> String {
    let column = place.column.map { " (\($0))" } ?? ""
    return "\(name)\(column) on \(place.displayName(in: database))"
  }

  var sortKey: (MariaDBGrantee, String, String, String) {
    (grantee, place.object.sql, name, place.column ?? "")
  }
}

extension TableVerb {
  /// The privilege of the verb.
  var privilege: String { rawValue.uppercased() }
}
