import AccessManifest
import Secrets

/// A person's login of their own for a time, beside the manifest's accounts.
package struct OpenedAccess: Sendable, Hashable {
  /// What the person may do.
  package enum Rights: Sendable, Hashable {
    /// The grants of one account of the manifest, with its rows and columns.
    case like(String)
    /// These verbs on whole tables.
    case grants([String: [TableVerb]])
  }

  /// The name of the login.
  package let person: String
  /// What the person may do.
  package let rights: Rights
  /// Why, in one line. The engine keeps it beside the role, where every account can read it.
  package let reason: String
  /// When the engine ends the login, in seconds since 1970; the highest number for never.
  package let until: Int64

  /// Whether `access close` has ended the login, whose end is then the epoch: the time of that is not recorded.
  package var isClosed: Bool { until == 0 }

  /// The longest time from the opening to the end.
  package static let longestSeconds = 7 * 86_400

  /// Whether the end is later than any opening could have set it: it was changed, or the role was made without the tool.
  package func endsTooLate(now: Int64) -> Bool { until > now + Int64(Self.longestSeconds) }

  /// The longest reason.
  package static let maximumReasonBytes = 200

  /// Creates an access.
  package init(person: String, rights: Rights, reason: String, until: Int64) {
    self.person = person
    self.rights = rights
    self.reason = reason
    self.until = until
  }

  /// The limits of a person's sessions: one can work beside another, and nothing runs for long.
  private static let limits = AccountLimits(
    connections: 3, statementTimeoutMilliseconds: 60_000, idleInTransactionTimeoutMilliseconds: 60_000)

  /// The account that the person has in the manifest meanwhile; nil where the manifest no longer has the account that
  /// it is like.
  package func account(in manifest: AccessManifest) -> DatabaseAccount? {
    let grants: [TableGrant]
    switch rights {
    case .like(let name):
      guard let model = manifest.databaseAccount(named: name) else { return nil }
      grants = model.grants
    case .grants(let verbs):
      grants = verbs.sorted { $0.key < $1.key }.flatMap { table, verbs in
        verbs.map { TableGrant(table: table, verb: $0) }
      }
    }
    return DatabaseAccount(
      name: person, service: person, level: .readWrite, limits: Self.limits, grants: grants)
  }
}

extension OpenedAccess {
  /// Why the manifest would refuse these rights to an account too; nil where it would not.
  package func refusal(in manifest: AccessManifest) -> String? {
    guard case .grants(let tables) = rights else { return nil }
    for (table, verbs) in tables.sorted(by: { $0.key < $1.key }) {
      for verb in verbs {
        if let refusal = manifest.owners[table]?.refusal(of: verb, on: table) { return refusal }
      }
    }
    return nil
  }

  /// The columns that the person reads and that the manifest calls secret, as `users.password`.
  package func secretColumns(in manifest: AccessManifest) -> [String] {
    let grants = account(in: manifest)?.grants ?? []
    return grants.filter { $0.verb == .select }.flatMap { grant in
      (manifest.lint.secretColumns[grant.table] ?? []).filter(grant.columns.contains).map {
        "\(grant.table).\($0)"
      }
    }.sorted()
  }

  private static let mark = "bulkhead access open"

  /// The text that the engine keeps beside the role.
  package var note: String { "\(Self.mark) | \(rights.text) | \(reason)" }

  /// Reads an access from the text beside the role; nil where it is another text.
  package init?(person: String, note: String, until: Int64) {
    let parts = note.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map {
      String($0).trimmingSpaces()
    }
    guard parts.count == 3, parts[0] == Self.mark, let rights = Rights(parsing: parts[1]) else { return nil }
    self.init(person: person, rights: rights, reason: parts[2], until: until)
  }
}

extension OpenedAccess.Rights {
  /// The rights as `--like` and `--grants` take them.
  package var text: String {
    switch self {
    case .like(let account): "like \(account)"
    case .grants(let tables):
      "grants "
        + tables.sorted { $0.key < $1.key }.map { table, verbs in
          "\(table):\(verbs.map(\.rawValue).joined(separator: ","))"
        }.joined(separator: ";")
    }
  }

  fileprivate init?(parsing text: String) {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2 else { return nil }
    switch words[0] {
    case "like": self = .like(words[1])
    case "grants":
      guard let rights = Self.grants(parsing: words[1]) else { return nil }
      self = rights
    default: return nil
    }
  }

  /// Parses `users:select,update;events:select`; nil where the text has another form.
  package static func grants(parsing text: String) -> Self? {
    var tables: [String: [TableVerb]] = [:]
    for part in text.split(separator: ";", omittingEmptySubsequences: false) {
      let sides = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, !sides[0].isEmpty, tables[sides[0]] == nil else { return nil }
      let verbs = sides[1].split(separator: ",", omittingEmptySubsequences: false).map {
        TableVerb(rawValue: String($0))
      }
      guard !verbs.isEmpty, !verbs.contains(nil) else { return nil }
      tables[sides[0]] = verbs.compactMap { $0 }
    }
    return .grants(tables)
  }
}

extension String {
  fileprivate func trimmingSpaces() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// The logins of persons in an engine.
package protocol PersonalAccess: Sendable {
  /// Gives a person a login for this many seconds, which the engine itself ends. Nothing changes where any step fails.
  /// Returns the end in words.
  func open(
    _ person: String, _ rights: OpenedAccess.Rights, seconds: Int64, reason: String, password: Secret
  ) async throws(AccessError) -> String

  /// Ends a person's login and sessions, and removes everything of it. What the engine refuses to the administrator, such
  /// as a right that a superuser gave, remains, and keeps neither the login nor a session alive.
  func close(_ person: String) async throws(AccessError) -> AccessOutcome
}
