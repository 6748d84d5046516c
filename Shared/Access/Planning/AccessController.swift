import AccessManifest

/// The operator's view of all rights at once: the database's and the cache's, from one manifest.
package struct AccessController: Sendable {
  /// Who may do what.
  package let manifest: AccessManifest
  /// The accounts' passwords.
  package let credentials: CredentialStore
  /// The engines, in the order in which reports name them.
  package let targets: [any GrantTarget]

  /// The rights of `manifest` on these engines.
  package init(manifest: AccessManifest, credentials: CredentialStore, targets: [any GrantTarget]) {
    self.manifest = manifest
    self.credentials = credentials
    self.targets = targets
  }

  /// One engine's answer beside its name.
  package struct Answer<Value: Sendable>: Sendable {
    /// The engine.
    package let target: String
    /// Its answer.
    package let value: Value
  }

  /// A password file for every account that has none; answers for which one was made.
  package func createCredentials() throws(CredentialStore.Failure) -> [String] {
    try credentials.createMissing(for: manifest.credentialNames)
  }

  /// What each engine lacks.
  package func plan() async throws(AccessError) -> [Answer<AccessPlan>] {
    var answers: [Answer<AccessPlan>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.plan())) }
    return answers
  }

  /// Brings each engine to the manifest. The database comes first: a cache without it is of no use.
  package func apply() async throws(AccessError) -> [Answer<AccessOutcome>] {
    var answers: [Answer<AccessOutcome>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.apply())) }
    return answers
  }

  /// Every deviation of each engine.
  package func verify() async throws(AccessError) -> [Answer<[Deviation]>] {
    var answers: [Answer<[Deviation]>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.verify())) }
    return answers
  }
}

extension AccessManifest {
  /// The accounts that have a credential file of their own: every service's, of the database and of the cache.
  package var credentialNames: [String] {
    databaseAccounts.map(\.name) + cacheAccounts.map(\.name)
  }
}
