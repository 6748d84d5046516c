/// What the manifests manage: their modes, and what they leave to others.
extension ManifestDifference {
  var scope: [ManifestChange] { mode + others + accepts }

  private var mode: [ManifestChange] {
    let (before, after) = (old.scope.mode, new.scope.mode)
    guard before != after else { return [] }
    return [
      ManifestChange(
        leniency(after) > leniency(before) ? .widening : .narrowing, Self.manifest, "scope",
        "the mode of the scope is \(after.rawValue) instead of \(before.rawValue)")
    ]
  }

  private func leniency(_ mode: AccessScope.Mode) -> Int {
    switch mode {
    case .strict: 0
    case .adopting: 1
    case .additive: 2
    }
  }

  private var others: [ManifestChange] {
    let (before, after) = (old.scope, new.scope)
    return lists("roles", before.roles, after.roles) + lists("schemas", before.schemas, after.schemas)
      + lists("extensions", before.extensions, after.extensions)
      + lists("cache users", before.cacheUsers, after.cacheUsers)
  }

  private func lists(_ kind: String, _ before: [NamePattern], _ after: [NamePattern]) -> [ManifestChange] {
    after.filter { !before.contains($0) }.map {
      ManifestChange(.widening, Self.manifest, "scope", "\(kind) \($0.text) are left to others")
    }
      + before.filter { !after.contains($0) }.map {
        ManifestChange(.narrowing, Self.manifest, "scope", "\(kind) \($0.text) are no longer left to others")
      }
  }

  private var accepts: [ManifestChange] {
    let (before, after) = (old.scope.accepts, new.scope.accepts)
    return Set(before.keys).union(after.keys).sorted().compactMap { finding in
      switch (before[finding], after[finding]) {
      case (nil, let reason?):
        ManifestChange(.widening, Self.manifest, "scope", "the finding '\(finding)' is accepted: \(reason)")
      case (.some, nil):
        ManifestChange(.narrowing, Self.manifest, "scope", "the finding '\(finding)' is no longer accepted")
      case (nil, nil), (.some, .some): nil
      }
    }
  }

  /// The rights beside those on rows.
  func also(_ before: DatabaseAccount, _ after: DatabaseAccount) -> [ManifestChange] {
    after.also.filter { !before.also.contains($0) }.map {
      ManifestChange(.widening, after.name, $0.name, "\(after.name) gains \($0.text)")
    }
      + before.also.filter { !after.also.contains($0) }.map {
        ManifestChange(.breaking, after.name, $0.name, "\(after.name) loses \($0.text)")
      }
  }

  /// The account of changes that concern none.
  static let manifest = "manifest"
}
