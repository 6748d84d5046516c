/// A name and a host, as the server keeps accounts. A role of MariaDB has no host.
struct MariaDBGrantee: Hashable, Comparable {
  @ExactText private(set) var user: String
  @ExactText private(set) var host: String
  /// Whether a statement names it without a host, as a role of MariaDB. To MySQL an empty host is one, and a name alone is
  /// that of any host. A row of MariaDB without a host that is no role has no name in a statement.
  let isBare: Bool

  /// The host part of the fleet's accounts: any address.
  static let anyHost = "%"

  /// The role whose rights every account has. MySQL has no such role, and gives every account its mandatory roles.
  static let everyone = MariaDBGrantee(user: "PUBLIC", host: "")

  /// The locked account whose rights the views of accounts use.
  static let viewDefiner = MariaDBGrantee(user: "bulkhead-views", host: "localhost")

  /// Without `isBare`, an empty host is that of a role of MariaDB.
  init(user: String, host: String = MariaDBGrantee.anyHost, isBare: Bool? = nil) {
    self.user = user
    self.host = host
    self.isBare = isBare ?? (host.isEmpty && !user.isEmpty)
  }

  /// A definer as the server prints it: `name@host`, where the name may have an `@` too.
  init(definer: String) {
    guard let at = definer.lastIndex(of: "@") else {
      self.init(user: definer, host: "")
      return
    }
    self.init(user: String(definer[..<at]), host: String(definer[definer.index(after: at)...]))
  }

  /// The name in a form that is compared as the server compares it.
  var name: ExactText { _user }

  private static let ofServers: Set = [
    "mysql", "mariadb.sys", "mysql.sys", "mysql.session", "mysql.infoschema",
  ]

  /// The accounts that the server itself brings along, and its superuser. The server's own come only from this host.
  var isBuiltIn: Bool { user == "root" || (Self.ofServers.contains(user) && host == "localhost") }

  var isAnonymous: Bool { user.isEmpty }

  /// Whether the server takes this one for a login that both hosts match: the one whose pattern begins with more letters.
  func isNearer(than other: MariaDBGrantee) -> Bool { lettersOfHost > other.lettersOfHost }

  private var lettersOfHost: Int {
    host.utf8.firstIndex { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "_") }
      .map { host.utf8.distance(from: host.utf8.startIndex, to: $0) } ?? .max
  }

  /// The grantee in a statement.
  var sql: String {
    if self == .everyone { return "PUBLIC" }
    let name = MariaDBSQL.identifier(user)
    return isBare ? name : "\(name)@\(MariaDBSQL.identifier(host))"
  }

  /// The grantee in reports: our accounts by their names.
  var displayName: String {
    if host == Self.anyHost, !user.isEmpty { return user }
    return isBare ? user : "'\(user)'@'\(host)'"
  }

  static func < (left: MariaDBGrantee, right: MariaDBGrantee) -> Bool {
    (left._user, left._host, left.isBare ? 1 : 0) < (right._user, right._host, right.isBare ? 1 : 0)
  }
}
