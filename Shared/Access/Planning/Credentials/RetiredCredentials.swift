import AccessManifest

/// The credential files of accounts that the manifest no longer lists, as one more target of a comparison.
///
/// Only files that the tool made count: a random password, in a file with the name of an account. Other files in the
/// directory are an operator's, and so are the services' other secrets.
package struct RetiredCredentials: GrantTarget {
  private let store: CredentialStore
  private let known: Set<String>
  private let removes: Bool

  /// Compares the files of `store` with the manifest's accounts, the administrators included. `removes` says whether
  /// `apply` deletes them.
  package init(_ manifest: AccessManifest, store: CredentialStore, removes: Bool) {
    self.store = store
    self.removes = removes
    let administrators = manifest.administrators
    known = Set(
      manifest.credentialNames + [administrators.databaseAccount, administrators.cacheAccount]
        + manifest.services.flatMap(\.secrets).map(\.name))
  }

  /// `credentials`.
  package var name: String { "credentials" }

  /// The accounts whose files belong to no account of the manifest.
  package var names: [String] { store.generatedNames(besides: known) }

  /// The removal of each file, where that is wanted.
  package func plan() async throws(AccessError) -> AccessPlan {
    guard removes else { return AccessPlan() }
    return AccessPlan(
      steps: names.map {
        PlannedStep("rm \(store.directory)/\($0)", reason: reason(for: $0), language: .command)
      })
  }

  /// Removes the files, where that is wanted.
  package func apply() async throws(AccessError) -> AccessOutcome {
    let plan = try await plan()
    do {
      for name in names where removes { try store.remove(name) }
    } catch {
      throw .credential(error)
    }
    return AccessOutcome(done: plan.steps)
  }

  /// A remark for each file.
  package func verify() async throws(AccessError) -> [Deviation] {
    names.map { name in
      Deviation(
        .remark, account: name, object: "\(store.directory)/\(name)", privilege: "PASSWORD",
        message: "\(reason(for: name)): `bulkhead access apply --drop-retired` removes it")
    }
  }

  private func reason(for name: String) -> String {
    "the credential file \(name) belongs to no account of the manifest"
  }
}
