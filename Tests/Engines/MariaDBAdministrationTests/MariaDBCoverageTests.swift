import AccessAdministration
import Testing

@testable import MariaDBAdministration

/// The list of everything that affects access: no kind is claimed without a change by hand, and each change has a kind.
@Suite struct MariaDBCoverageTests {
  /// The words of the changes of each kind, on either server.
  private static let changes: [String: Set<String>] = [
    "missing account": ["account analytics-ro does not exist"],
    "lock of an account": [
      "analytics-ro is locked, and must not be", "'bulkhead-views'@'localhost' is not locked",
    ],
    "limits of an account": ["the limits of analytics-ro are"],
    "credential of an account": [
      "the server does not have the credential of analytics-ro",
      "the server accepts analytics-ro without its credential too",
    ],
    "account of the same name with another host": ["takes the logins of analytics-ro"],
    "account without a name": ["has no name, so it takes logins", "''@'%' holds SELECT on test.*"],
    "default role of an account": ["has the default role some_role"],
    "account with rights on every database": [
      "holds SELECT on every database", "mariadb.sys holds SELECT on every database",
    ],
    "certificate or expiry that an account needs": [
      "accepts analytics-ro only with a certificate", "lets the password of analytics-ro expire",
    ],
    "global privilege": [
      "holds FILE on server", "PUBLIC holds SELECT on server", "holds ROLE_ADMIN on server",
      "holds XA_RECOVER_ADMIN on server",
    ],
    "privilege on the database": [
      "holds SELECT on database", "holds SELECT on app_db.*", "holds LOCK TABLES on app%.*",
    ],
    "privilege on a table or view": [
      "holds SELECT on settings", "lacks SELECT on rollups", "PUBLIC holds SELECT on users",
    ],
    "privilege on a column": [
      "holds SELECT (password) on users", "holds SELECT (password) on users$analytics-ro",
      "holds UPDATE (channel) on platform_integrations$twitch-trigger$insert",
    ],
    "privilege on a dropped table": ["holds SELECT on gone"],
    "privilege on a routine": ["holds EXECUTE on helper2"],
    "privilege on another database": ["holds SELECT on mysql.global_priv", "holds SELECT on mysql.user"],
    "grant option": ["holds GRANT OPTION on rollups"],
    "proxy": ["holds PROXY on backend-api-rw", "holds PROXY on twitch-trigger"],
    "membership in a role": [
      "holds MEMBER on a_role", "PUBLIC holds MEMBER on b_role", "holds MEMBER on backend-api-rw",
    ],
    "privileges of the administrator": [
      "migrate-admin holds SUPER", "migrate-admin lacks PROCESS", "migrate-admin holds ROLE_ADMIN",
      "migrate-admin lacks SHOW_ROUTINE",
    ],
    "privileges of others": [
      "stranger holds SELECT on users", "stranger holds SELECT on app_db.*",
      "stranger holds INSERT on mysql.db", "stranger holds SELECT on mysql.user",
      "stranger holds UPDATE on mysql.*",
    ],
    "view of an account's rows or columns": [
      "events$twitch-trigger, which shows an account its own rows, does not exist",
      "the view platform_integrations$twitch-trigger shows", "uses the rights of root@127.0.0.1",
      "has the algorithm TEMPTABLE",
    ],
    "other view": ["there is a view other_view"],
    "procedure or function": ["procedure helper exists"],
    "trigger": ["trigger spy exists"],
    "event": ["event later exists"],
    "loadable function": ["loadable function spy exists, comes from spy.so"],
    "mandatory role of the server": ["PUBLIC holds MEMBER on every_role"],
    "roles that a login activates": ["holds MEMBER on admin_role"],
    "second password of an account": ["the server accepts analytics-ro without its credential too"],
    "lock of an account after failed logins": ["locks analytics-ro after failed logins"],
    "SYSTEM_USER": ["holds SYSTEM_USER on server"],
  ]

  /// `MariaDBGrantsTests` closes and drops one.
  private static let withOwnTest: Set = ["account that has left the manifest"]

  @Test(arguments: [false, true])
  func `each kind that the comparison covers has a change by hand, and each change has a kind`(
    onMySQL: Bool
  ) {
    let coverage: AccessCoverage = onMySQL ? .mySQL : .mariaDB
    let claimed = Set(
      coverage.kinds.filter { $0.treatment == .compared || $0.treatment == .named }.map(\.name)
    ).subtracting(Self.withOwnTest)
    let made = Set(HandMadeChange.all(onMySQL: onMySQL).map(\.words))
    for kind in claimed.sorted() {
      #expect(
        Self.changes[kind].map { !$0.isDisjoint(with: made) } == true, "no change by hand of '\(kind)'")
    }
    let known = Self.changes.filter { claimed.contains($0.key) }.values.reduce(into: Set()) {
      $0.formUnion($1)
    }
    #expect(made.subtracting(known).sorted() == [])
  }
}
