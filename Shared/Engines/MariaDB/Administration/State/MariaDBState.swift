import AccessManifest
import AccessPlanning

/// Everything in a server that affects access to one database, as the manifest declares it or as the server stores it.
struct MariaDBState {
  let database: String
  /// Whether the server keeps the names of databases and tables in lower case and compares them so.
  var foldsNames = false
  /// Whether the server checks no login and no right.
  var isUnguarded = false
  /// Whether the server encrypts sessions; yes where it does not say.
  var offersTLS = true
  /// Whether the session of this run is encrypted.
  var isEncrypted = true
  /// How the server keeps accounts and rights.
  var catalog: RightsCatalog
  var accounts: [MariaDBGrantee: MariaDBAccount] = [:]
  var privileges: Set<MariaDBPrivilege> = []
  /// The places as the server's tables spell them, of rights whose names a server that folds them keeps in another case. A
  /// REVOKE does not find such a row.
  var spellings: [MariaDBPrivilege: [MariaDBPlace]] = [:]
  /// The databases of others. The reader looks for them only where a pattern covers more than ours.
  var otherDatabases: Set<ExactText> = []
  /// Other databases with our record of migrations. The reader looks for them only where accounts of ours have rights
  /// elsewhere.
  var otherFleets: Set<ExactText> = []
  /// The tables and sequences of the database, without its views.
  var tables: Set<String> = []
  /// Those of them that are sequences.
  var sequences: Set<String> = []
  var views: [ExactText: MariaDBView] = [:]
  /// Routines, triggers and events; the manifest declares none.
  var code: Set<MariaDBCode> = []
  /// Code of other databases that runs as its definer, as far as the reader sees it.
  var codeElsewhere: Set<MariaDBCodeElsewhere> = []
  /// Foreign keys of tables in other databases onto tables of this one, as far as the reader sees them.
  var foreignKeys: Set<MariaDBForeignKey> = []
  /// The wrong passwords after which the server refuses an account; nil where it has no such limit.
  var errorsUntilBlock: Int64?
  /// The settings of the server with which the fleet fails.
  var settings: [ServerSetting] = []
  /// The rights on columns without a row of their table, which have no effect.
  var orphans: Set<MariaDBPrivilege> = []
  /// What the views rely on, by their names; only a declared state has any.
  var viewBases: [ExactText: MariaDBViewBasis] = [:]
  /// The tables as far as views rely on them; only an actual state has any.
  var shapes: [String: MariaDBTableShape] = [:]
  /// The server's view of each account's credential; only an actual state has any.
  var credentials: [String: CredentialState] = [:]

  init(database: String, catalog: RightsCatalog = .mariaDB) {
    self.database = database
    self.catalog = catalog
  }
}

/// What the server keeps of an account or a role, without its privileges.
struct MariaDBAccount: Hashable {
  var isRole = false
  var isLocked = false
  var limits = MariaDBLimits()
  var defaultRole: String?
  var login = MariaDBLogin()
}

/// How an account signs in.
struct MariaDBLogin: Hashable {
  /// The authentication plugin: `mysql_native_password`.
  var plugin = ""
  /// What the plugin compares with; an attacker can test passwords against it, so no text shows it.
  var verifier = ""
  /// Whether another plugin may accept the account too.
  var hasAlternative = false
  var isExpired = false
  var encryption = EncryptionRequirement.none
  /// Days until the password expires; 0 for never, and -1 for the server's default, which may become any number of days.
  var lifetimeDays = 0
  /// What a second password is compared with; empty where the account has none.
  var secondVerifier = ""
  /// The failed logins after which the server locks the account; 0 for never.
  var failuresUntilLock = 0

  /// Why the server will refuse the account with the right password. One without TLS refuses everyone who needs it.
  func obstacles(onServerWithTLS hasTLS: Bool) -> [Obstacle] {
    var found: [Obstacle] = []
    switch encryption {
    case .none: break
    case .session: if !hasTLS { found.append(.encryption) }
    case .certificate: found.append(.certificate)
    }
    return found + (lifetimeDays != 0 ? [.expiry] : []) + (failuresUntilLock > 0 ? [.failures] : [])
  }

  /// What keeps the right password from being enough.
  enum Obstacle: Hashable {
    case certificate, encryption, expiry, failures
  }

  /// What the server asks of the client's session.
  enum EncryptionRequirement: Hashable {
    case none
    /// `REQUIRE SSL`.
    case session
    /// `REQUIRE X509`, `ISSUER`, `SUBJECT` or `CIPHER`.
    case certificate

    /// Reads the server's number of it.
    init(stored: String) {
      self =
        switch Int(stored) ?? 0 {
        case 0: .none
        case 1: .session
        default: .certificate
        }
    }
  }
}

/// What an account may use at most; 0 is no limit.
struct MariaDBLimits: Hashable {
  var connections = 0
  /// The server keeps seconds with a fraction.
  var statementMilliseconds = 0
  var queriesPerHour = 0
  var updatesPerHour = 0
  var connectionsPerHour = 0

  init() {}

  /// The declared limits, as far as a server of that catalog has them.
  init(_ limits: AccountLimits, in catalog: RightsCatalog) {
    connections = limits.connections ?? 0
    if catalog.limitsStatementTime { statementMilliseconds = limits.statementTimeoutMilliseconds ?? 0 }
  }

  /// The clause of CREATE USER and ALTER USER.
  func sql(in catalog: RightsCatalog) -> String {
    """
    WITH MAX_QUERIES_PER_HOUR \(queriesPerHour) MAX_UPDATES_PER_HOUR \(updatesPerHour) \
    MAX_CONNECTIONS_PER_HOUR \(connectionsPerHour) MAX_USER_CONNECTIONS \(connections)\
    \(catalog.limitsStatementTime ? " MAX_STATEMENT_TIME \(seconds)" : "")
    """
  }

  private var seconds: String {
    let (whole, part) = statementMilliseconds.quotientAndRemainder(dividingBy: 1_000)
    let digits = String(part)
    return part == 0 ? "\(whole)" : "\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
  }

  /// The limits in reports.
  var text: String {
    let all = [
      (connections, "connections"), (statementMilliseconds, "ms a statement"),
      (queriesPerHour, "queries an hour"), (updatesPerHour, "updates an hour"),
      (connectionsPerHour, "logins an hour"),
    ]
    let set = all.filter { $0.0 != 0 }.map { "\($0.0) \($0.1)" }
    return set.isEmpty ? "none" : set.joined(separator: ", ")
  }

  /// Whether something that `other` limits is limited less here.
  func isWider(than other: MariaDBLimits) -> Bool {
    let pairs = [
      (connections, other.connections), (statementMilliseconds, other.statementMilliseconds),
      (queriesPerHour, other.queriesPerHour), (updatesPerHour, other.updatesPerHour),
      (connectionsPerHour, other.connectionsPerHour),
    ]
    return pairs.contains { $0.1 != 0 && ($0.0 == 0 || $0.0 > $0.1) }
  }
}

/// A routine, trigger or event, which runs with the rights of its definer or of its caller.
struct MariaDBCode: Hashable {
  /// `procedure`, `function`, `trigger`, `event`, `loadable function`.
  let kind: String
  @ExactText var name: String
  /// `name@host`; of a loadable function, its library.
  @ExactText var definer: String
  let runsAsDefiner: Bool

  var sortKey: (String, ExactText) { (kind, _name) }

  /// The kind of a function from a library.
  static let loadable = "loadable function"
}

/// A routine or event of another database, which runs as its definer.
struct MariaDBCodeElsewhere: Hashable {
  @ExactText var database: String
  let code: MariaDBCode

  var name: String { "\(database).\(code.name)" }
  var definer: MariaDBGrantee { MariaDBGrantee(definer: code.definer) }
  /// How the manifest accepts it.
  var key: String { "\(code.kind.uppercased()) \(name)" }

  var sortKey: (ExactText, String) { (ExactText(name), code.kind) }
}

/// A foreign key of a table in another database onto one of ours.
struct MariaDBForeignKey: Hashable {
  /// The other table, with its database.
  let table: String
  /// Our table.
  let referenced: String

  static let kind = "FOREIGN KEY"

  /// How the manifest accepts it.
  var key: String { "\(Self.kind) \(table)" }

  var sortKey: (ExactText, ExactText) { (ExactText(table), ExactText(referenced)) }
}
