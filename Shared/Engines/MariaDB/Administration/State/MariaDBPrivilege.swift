import AccessManifest

/// Where a privilege applies.
enum MariaDBPlace {
  case global
  /// Every database that the pattern covers.
  case database(MariaDBPattern)
  case table(database: String, name: String)
  case column(database: String, table: String, name: String)
  /// The kind is `PROCEDURE`, `FUNCTION`, `PACKAGE` or `PACKAGE BODY`.
  case routine(database: String, kind: String, name: String)
  /// The right to become another account.
  case proxy(MariaDBGrantee)
  /// The membership in a role.
  case role(MariaDBGrantee)

  /// The databases that a pattern matches.
  static func database(pattern: String) -> MariaDBPlace { .database(MariaDBPattern(pattern)) }

  /// The object in a statement; columns stand with the privilege.
  var sql: String {
    switch self {
    case .global: "*.*"
    case .database(let pattern): "\(MariaDBSQL.identifier(pattern.text)).*"
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
    case .database(let pattern):
      pattern.standsAlone(for: database) ? "database" : "\(pattern.text).*"
    case .table(let home, let name), .column(let home, let name, _), .routine(let home, _, let name):
      home.isExactly(database) ? name : "\(home).\(name)"
    case .proxy(let account), .role(let account): account.displayName
    }
  }

  /// Whether it concerns the database.
  func isIn(_ database: String) -> Bool {
    switch self {
    case .global, .proxy, .role: false
    case .database(let pattern): pattern.covers(database)
    case .table(let home, _), .column(let home, _, _), .routine(let home, _, _): home.isExactly(database)
    }
  }

  /// Whether a name in it is empty. Such a row gives no right, and no REVOKE takes it.
  var isInert: Bool {
    switch self {
    case .global, .proxy, .role: false
    case .database, .table, .column, .routine: names.contains("")
    }
  }

  /// The place as a server has it that keeps the names of databases and tables in lower case.
  var folded: MariaDBPlace {
    switch self {
    case .global, .proxy, .role: self
    case .database(let pattern): .database(pattern.folded)
    case .table(let home, let name): .table(database: home.lowercased(), name: name.lowercased())
    case .column(let home, let table, let name):
      .column(database: home.lowercased(), table: table.lowercased(), name: name)
    case .routine(let home, let kind, let name):
      .routine(database: home.lowercased(), kind: kind, name: name)
    }
  }
}

extension MariaDBPlace: Hashable {
  static func == (left: MariaDBPlace, right: MariaDBPlace) -> Bool {
    left.kind == right.kind && left.names == right.names && left.account == right.account
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(names)
    hasher.combine(account)
  }

  private var kind: Int {
    switch self {
    case .global: 0
    case .database: 1
    case .table: 2
    case .column: 3
    case .routine: 4
    case .proxy: 5
    case .role: 6
    }
  }

  private var names: [ExactText] {
    switch self {
    case .global, .proxy, .role: []
    case .database(let pattern): [ExactText(pattern.text)]
    case .table(let home, let name): [ExactText(home), ExactText(name)]
    case .column(let home, let table, let name): [ExactText(home), ExactText(table), ExactText(name)]
    case .routine(let home, let kind, let name): [ExactText(home), ExactText(kind), ExactText(name)]
    }
  }

  private var account: MariaDBGrantee? {
    switch self {
    case .proxy(let account), .role(let account): account
    case .global, .database, .table, .column, .routine: nil
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

  var sortKey: (MariaDBGrantee, ExactText, String, ExactText) {
    (grantee, ExactText(place.object.sql), name, ExactText(place.column ?? ""))
  }
}

extension TableVerb {
  /// The privilege of the verb.
  var privilege: String { rawValue.uppercased() }
}
