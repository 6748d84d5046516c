import AccessManifest

/// Compares and changes the rights on all engines, the database and the cache, by one manifest.
package struct AccessController: Sendable {
  /// The engines, in the order of the reports.
  package let targets: [any GrantTarget]

  /// Creates a controller for these engines.
  package init(targets: [any GrantTarget]) {
    self.targets = targets
  }

  /// One engine's result, with the engine's name.
  package struct Answer<Value: Sendable>: Sendable {
    /// The engine's name in reports.
    package let target: String
    /// The result.
    package let value: Value
  }

  /// Returns the plan of each engine.
  package func plan() async throws(AccessError) -> [Answer<AccessPlan>] {
    var answers: [Answer<AccessPlan>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.plan())) }
    return answers
  }

  /// Makes each engine match the manifest, the database first: no service works without it.
  package func apply() async throws(AccessError) -> [Answer<AccessOutcome>] {
    var answers: [Answer<AccessOutcome>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.apply())) }
    return answers
  }

  /// Returns the deviations of each engine.
  package func verify() async throws(AccessError) -> [Answer<[Deviation]>] {
    var answers: [Answer<[Deviation]>] = []
    for target in targets { answers.append(Answer(target: target.name, value: try await target.verify())) }
    return answers
  }
}

extension AccessManifest {
  /// The accounts with a credential file: those of every service, of the database and of the cache.
  package var credentialNames: [String] {
    databaseAccounts.map(\.name) + cacheAccounts.map(\.name)
  }

  /// The variables that configure each service's accounts. They name credential files, and contain no password.
  package func environment(credentialsDirectory: String) -> String {
    services.map { service in
      var lines = [
        "# \(service.name)", "DB_USER=\(service.databaseAccount)",
        "DB_PASS_FILE=\(credentialsDirectory)/\(service.databaseAccount)",
      ]
      if let cacheAccount = service.cacheAccount {
        lines += ["CACHE_USER=\(cacheAccount)", "CACHE_PASS_FILE=\(credentialsDirectory)/\(cacheAccount)"]
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }
}
