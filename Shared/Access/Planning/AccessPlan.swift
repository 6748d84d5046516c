import DataAccess

/// The steps that make an engine match the manifest, in order.
package struct AccessPlan: Sendable, Hashable, Encodable {
  /// The steps; empty where the engine matches the manifest.
  package let steps: [PlannedStep]

  /// Creates a plan of these steps.
  package init(steps: [PlannedStep] = []) {
    self.steps = steps
  }

  /// Whether the engine matches the manifest already.
  package var isEmpty: Bool { steps.isEmpty }

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
    /// Sets the account's credential. The text is built when the step is executed, and is never shown.
    case setCredential(account: String)
  }

  /// The action.
  package let action: Action
  /// The step as text that is safe to show and log.
  package let text: String
  /// The deviation that the step removes, as a sentence.
  package let reason: String
  /// The account that can execute it.
  package let authority: Authority

  /// Creates a step from a statement without secrets.
  package init(_ statement: String, reason: String, authority: Authority = .administrator) {
    action = .statement(statement)
    text = statement
    self.reason = reason
    self.authority = authority
  }

  /// Creates a step that sets a credential. `shownAs` is the statement without the secret.
  package init(credentialOf account: String, shownAs text: String, reason: String) {
    action = .setCredential(account: account)
    self.text = text
    self.reason = reason
    authority = .administrator
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

extension StatementRunner {
  /// Executes one planned statement and ignores its result. Errors and logs show `label` in place of the statement.
  package func change(_ sql: String, label: String) async throws(DatabaseError) {
    _ = try await unsafeQuery(unsafeSQL: sql, label: label)
  }
}
