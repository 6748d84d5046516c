import AccessManifest

/// The credential files of accounts that the manifest no longer lists, as one more target of a comparison.
///
/// Only files that the tool made for an account are removed. Other files in the directory are an operator's, and so are the
/// services' other secrets; one that looks like a password of an account is mentioned.
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

  /// The files that look like the password of an account, and belong to no account of the manifest.
  package var names: [String] { store.generatedNames(besides: known) }

  /// Those of them that the tool made for an account.
  private var removable: [String] { store.createdNames(besides: known) }

  /// The removal of each file, where that is wanted.
  package func plan() async throws(AccessError) -> AccessPlan {
    guard removes else { return AccessPlan() }
    return AccessPlan(
      steps: removable.map {
        PlannedStep("rm \(store.directory)/\($0)", reason: reason(for: $0), language: .command)
      })
  }

  /// Removes the files, where that is wanted.
  package func apply() async throws(AccessError) -> AccessOutcome {
    guard removes else { return AccessOutcome(done: []) }
    let plan = try await plan()
    do {
      for name in removable { try store.remove(name) }
    } catch {
      throw .credential(error)
    }
    return AccessOutcome(done: plan.steps)
  }

  /// A remark for each file.
  package func verify() async throws(AccessError) -> [Deviation] {
    let removable = Set(removable)
    return names.map { name in
      let next =
        removable.contains(name)
        ? "`bulkhead access apply --drop-retired` removes it"
        : "it may be another program's, so remove it by hand where it was an account's"
      return Deviation(
        .remark, account: name, object: "\(store.directory)/\(name)", privilege: "PASSWORD",
        message: "\(reason(for: name)): \(next)")
    }
  }

  private func reason(for name: String) -> String {
    "the credential file \(name) belongs to no account of the manifest"
  }
}
