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

    /// Makes the result of one engine.
    package init(target: String, value: Value) {
      self.target = target
      self.value = value
    }
  }

  /// Returns each engine's own result. The failure of one engine does not keep another from its work; the order is that
  /// of the targets, the database first, because no service works without it.
  package func each<Value: Sendable>(
    _ work: (any GrantTarget) async throws(AccessError) -> Value
  ) async -> [Answer<Result<Value, AccessError>>] {
    var answers: [Answer<Result<Value, AccessError>>] = []
    for target in targets {
      let result: Result<Value, AccessError>
      do throws(AccessError) {
        result = .success(try await work(target))
      } catch {
        result = .failure(error)
      }
      answers.append(Answer(target: target.name, value: result))
    }
    return answers
  }

  /// Returns the plan of each engine. As the next two functions, it throws the first failure, after every engine has
  /// had its turn.
  package func plan() async throws(AccessError) -> [Answer<AccessPlan>] {
    try await all { target throws(AccessError) in try await target.plan() }
  }

  /// Makes each engine match the manifest.
  package func apply() async throws(AccessError) -> [Answer<AccessOutcome>] {
    try await all { target throws(AccessError) in try await target.apply() }
  }

  /// Returns the deviations of each engine.
  package func verify() async throws(AccessError) -> [Answer<[Deviation]>] {
    try await all { target throws(AccessError) in try await target.verify() }
  }

  private func all<Value: Sendable>(
    _ work: (any GrantTarget) async throws(AccessError) -> Value
  ) async throws(AccessError) -> [Answer<Value>] {
    var answers: [Answer<Value>] = []
    for answer in await each(work) {
      answers.append(Answer(target: answer.target, value: try answer.value.get()))
    }
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
