/// The steps that would bring an engine to the manifest, in order.
package struct AccessPlan: Sendable, Hashable, Encodable {
  /// The steps; none when there is nothing to do.
  package let steps: [PlannedStep]

  /// A plan of these steps.
  package init(steps: [PlannedStep] = []) {
    self.steps = steps
  }

  /// Whether the engine is as declared already.
  package var isEmpty: Bool { steps.isEmpty }

  /// The steps that `authority` is needed for.
  package func steps(for authority: PlannedStep.Authority) -> [PlannedStep] {
    steps.filter { $0.authority == authority }
  }
}

/// One step of a plan: a statement or command, why it is needed, and who can do it.
package struct PlannedStep: Sendable, Hashable, Encodable {
  /// Who can carry a step out.
  package enum Authority: String, Sendable, Hashable, Encodable {
    /// `bulkhead access apply`, as the administrator of the manifest.
    case administrator
    /// Only the engine's own superuser: something was changed above the administrator's head.
    case superuser
  }

  /// What is done.
  package enum Action: Sendable, Hashable {
    /// This text, which holds no secret.
    case statement(String)
    /// The account's credential is set: the text is made when the step is carried out, and never shown.
    case setCredential(account: String)
  }

  /// What is done.
  package let action: Action
  /// The step as it may be shown and logged.
  package let text: String
  /// The deviation that it mends, as a sentence.
  package let reason: String
  /// Who can carry it out.
  package let authority: Authority

  /// A statement without secrets.
  package init(_ statement: String, reason: String, authority: Authority = .administrator) {
    action = .statement(statement)
    text = statement
    self.reason = reason
    self.authority = authority
  }

  /// Sets a credential; `shownAs` is the statement with the secret left out.
  package init(credentialOf account: String, shownAs text: String, reason: String) {
    action = .setCredential(account: account)
    self.text = text
    self.reason = reason
    authority = .administrator
  }

  private enum CodingKeys: String, CodingKey {
    case text, reason, authority
  }

  /// The text, the reason and the authority.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(text, forKey: .text)
    try container.encode(reason, forKey: .reason)
    try container.encode(authority, forKey: .authority)
  }
}
