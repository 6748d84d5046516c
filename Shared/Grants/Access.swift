import AccessManifest

/// The operator's view of all rights at once: the database's and the cache's, from one manifest.
public struct Access: Sendable {
  /// Who may do what.
  public let manifest: AccessManifest
  /// The accounts' passwords.
  public let credentials: CredentialStore
  /// The engines, in the order in which reports name them.
  public let targets: [any GrantTarget]

  /// The rights of `manifest` on these engines.
  public init(manifest: AccessManifest, credentials: CredentialStore, targets: [any GrantTarget]) {
    self.manifest = manifest
    self.credentials = credentials
    self.targets = targets
  }

  /// One engine's answer beside its name.
  public struct Answer<Value: Sendable>: Sendable {
    /// The engine.
    public let target: String
    /// Its answer.
    public let value: Value
  }

  /// A password file for every account that has none; answers for which one was made.
  public func createCredentials() throws(CredentialStore.Failure) -> [String] {
    try credentials.createMissing(for: manifest.credentialNames)
  }

  /// What each engine lacks.
  public func plan() async throws(AccessError) -> [Answer<AccessPlan>] {
    var answers: [Answer<AccessPlan>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.plan())) }
    return answers
  }

  /// Brings each engine to the manifest. The database comes first: a cache without it is of no use.
  public func apply() async throws(AccessError) -> [Answer<AccessOutcome>] {
    var answers: [Answer<AccessOutcome>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.apply())) }
    return answers
  }

  /// Every deviation of each engine.
  public func verify() async throws(AccessError) -> [Answer<[Deviation]>] {
    var answers: [Answer<[Deviation]>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.verify())) }
    return answers
  }
}

extension AccessManifest {
  /// The accounts that have a credential file of their own: every service's, of the database and of the cache.
  public var credentialNames: [String] {
    databaseAccounts.map(\.name) + cacheAccounts.map(\.name)
  }
}
