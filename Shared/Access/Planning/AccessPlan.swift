import DataAccess
import Encoding

/// The steps that make an engine match the manifest, in order.
package struct AccessPlan: Sendable, Hashable {
  /// The steps; empty where no statement brings the engine nearer to the manifest.
  package let steps: [PlannedStep]
  /// The deviations that no step mends, such as a server that checks no password. An operator must.
  package let unmended: [Deviation]
  /// The deviations outside of the plan's focus: their number by account.
  package let leftOut: [String: Int]

  /// Creates a plan of these steps, and of what they leave.
  package init(
    steps: [PlannedStep] = [], unmended: [Deviation] = [], leftOut: [String: Int] = [:]
  ) {
    self.steps = steps
    self.unmended = unmended
    self.leftOut = leftOut
  }

  /// Whether the engine matches the manifest already.
  package var isEmpty: Bool { steps.isEmpty && unmended.isEmpty }

  /// The plan with that of one node of a cluster, which differs from it.
  package func adding(_ other: AccessPlan, on node: String) -> AccessPlan {
    AccessPlan(
      steps: steps + other.steps.map { $0.on(node) },
      unmended: unmended + other.unmended.filter { !unmended.contains($0) }.map { $0.on(node) },
      leftOut: leftOut.merging(other.leftOut) { max($0, $1) })
  }

  /// The steps that need this authority.
  package func steps(for authority: PlannedStep.Authority) -> [PlannedStep] {
    steps.filter { $0.authority == authority }
  }
}

/// One step of a plan: a statement or command, its reason, and the authority that it needs.
package struct PlannedStep: Sendable, Hashable, Encodable {
  /// The account that can execute a step.
  package enum Authority: String, Sendable, Hashable, Encodable {
    /// The administrator of the manifest, by `bulkhead access apply`.
    case administrator
    /// Only the engine's superuser: it made a change that the administrator cannot revert.
    case superuser
  }

  /// The action of a step.
  package enum Action: Sendable, Hashable {
    /// Executes this text, which contains no secret.
    case statement(String)
    /// Executes these texts, which contain no secret, together or not at all.
    case statements([String])
    /// Executes the first texts, which contain no secret, ends these sessions on each node, by the means of the server, and
    /// then executes the last texts. What the last ones change marks the step as unfinished until the sessions have ended.
    case statementsEndingSessions([String], of: [SessionOwner], then: [String])
    /// Executes this text, which contains no secret. Where sessions of the owner hold what it changes for too long, it executes
    /// the first texts, ends these sessions, executes the text again, and then the last texts.
    case statementEndingHolders(String, of: SessionOwner, first: [String], then: [String])
    /// Sets the account's credential. The text is built when the step is executed, and is never shown.
    case setCredential(account: String)
  }

  /// Whose sessions a step ends.
  package enum SessionOwner: Sendable, Hashable {
    /// Those that signed in by this name.
    case account(String)
    /// Those that signed in by this name from the hosts of a pattern, without those from the hosts of other accounts of
    /// the name.
    case login(user: String, hosts: String, besides: [String])
    /// All from the hosts of this pattern: a session of an account without a name has any name.
    case hosts(String)
  }

  /// The language of a step's text.
  package enum Language: Sendable, Hashable {
    /// Statements of a database.
    case sql
    /// A command of the cache or of a shell.
    case command
  }

  /// The action.
  package let action: Action
  /// The step as text that is safe to show and log.
  package let text: String
  /// The deviation that the step removes, as a sentence.
  package let reason: String
  /// The account that can execute it.
  package let authority: Authority
  private let language: Language
  /// The account that may do more after the step; nil for a step that gives no account anything.
  package private(set) var widened: String?
  /// The statements, without secrets, that bring an account back as it was where the step, or one after it, fails: the step
  /// keeps it out meanwhile.
  package private(set) var undo: [String] = []

  /// Creates a step from a statement without secrets.
  package init(
    _ statement: String, reason: String, authority: Authority = .administrator, language: Language = .sql
  ) {
    self.init(
      action: .statement(statement), text: statement, reason: reason, authority: authority, language: language
    )
  }

  /// Creates a step from statements without secrets that make sense only together.
  package init(together statements: [String], reason: String, authority: Authority = .administrator) {
    self.init(
      action: .statements(statements), text: statements.joined(separator: "; "), reason: reason,
      authority: authority, language: .sql)
  }

  /// Creates a step from statements without secrets, which ends sessions between the first ones and the last ones.
  /// `ending` shows that end to a reader; nothing executes it.
  package init(
    _ first: [String], endingSessionsOf owners: [SessionOwner], shownAs ending: String,
    then last: [String] = [],
    reason: String, authority: Authority = .administrator, language: Language = .sql
  ) {
    self.init(
      action: .statementsEndingSessions(first, of: owners, then: last),
      text: (first + [ending] + last).joined(separator: "; "), reason: reason, authority: authority,
      language: language)
  }

  /// Creates a step from a statement without secrets, which a session of the owner can keep waiting. Only then the others are
  /// executed around the end of those sessions.
  package init(
    _ statement: String, endingHoldersOf owner: SessionOwner, first: [String], then last: [String],
    reason: String, authority: Authority = .administrator
  ) {
    self.init(
      action: .statementEndingHolders(statement, of: owner, first: first, then: last), text: statement,
      reason: reason, authority: authority, language: .sql)
  }

  /// Creates a step that sets a credential. `shownAs` is the statement without the secret.
  package init(
    credentialOf account: String, shownAs text: String, reason: String,
    authority: Authority = .administrator, language: Language = .sql
  ) {
    self.init(
      action: .setCredential(account: account), text: text, reason: reason, authority: authority,
      language: language)
  }

  /// The account whose credential the step sets; nil for any other step.
  package var credentialAccount: String? {
    guard case .setCredential(let account) = action else { return nil }
    return account
  }

  /// The step for an operator who may paste it into a client. SQL ends with a semicolon. A statement that sets a
  /// credential is a comment: as shown, it would set a password that every reader of the plan has.
  package var line: String {
    switch (language, action) {
    case (.command, _): text
    case (.sql, .setCredential): "-- \(text);"
    case (.sql, .statement), (.sql, .statements), (.sql, .statementsEndingSessions),
      (.sql, .statementEndingHolders):
      "\(text);"
    }
  }

  /// The step under another authority, because the engine refused it to this one.
  package func needing(_ authority: Authority) -> PlannedStep {
    PlannedStep(action: action, text: text, reason: reason, authority: authority, language: language)
      .widening(widened).undoing(by: undo)
  }

  /// The step as one that gives an account more.
  package func widening(_ account: String?) -> PlannedStep {
    var copy = self
    copy.widened = account
    return copy
  }

  /// The step as one that keeps an account out, until these statements let it in again.
  package func undoing(by statements: [String]) -> PlannedStep {
    var copy = self
    copy.undo = statements
    return copy
  }

  /// The step on one node of a cluster alone.
  package func on(_ node: String) -> PlannedStep {
    PlannedStep(
      action: action, text: "/* on \(node) */ \(text)", reason: reason, authority: authority,
      language: language
    ).widening(widened).undoing(by: undo)
  }

  private init(action: Action, text: String, reason: String, authority: Authority, language: Language) {
    self.action = action
    self.text = text
    self.reason = reason.onOneLine
    self.authority = authority
    self.language = language
  }

  private enum CodingKeys: String, CodingKey {
    case text, reason, authority
  }

  /// Encodes the text, the reason and the authority.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(text, forKey: .text)
    try container.encode(reason, forKey: .reason)
    try container.encode(authority, forKey: .authority)
  }
}

extension Query {
  /// One planned statement. Errors and logs show `label` in its place.
  package static func change(_ sql: String, label: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: label), isRead: false, isReusable: false)
  }
}

extension StatementRunner {
  /// Executes one planned statement and ignores its result.
  package func change(_ sql: String, label: String) async throws(DatabaseError) {
    _ = try await execute(Query.change(sql, label: label))
  }
}
