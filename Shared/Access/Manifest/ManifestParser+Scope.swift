import Yams

/// Reads what the manifest manages, and what belongs to others.
extension ManifestParser {
  /// Reads the scope. `own` are the manifest's own accounts, which cannot belong to others.
  mutating func scope(_ node: Node, own: [String]) -> AccessScope {
    let fields = reader.fields(
      node, of: "scope", required: ["mode"], optional: ["others", "accepts"])
    var scope = AccessScope()
    if let mode = fields["mode"].flatMap({ scopeMode($0.value) }) { scope.mode = mode }
    if let others = fields["others"] { self.others(others.value, own: own, into: &scope) }
    if let accepts = fields["accepts"] {
      for entry in reader.entries(accepts.value, of: "accepts") {
        scope.accepts[entry.name] = reader.text(entry.value, of: "the reason for '\(entry.name)'")
      }
    }
    return scope
  }

  private mutating func scopeMode(_ node: Node) -> AccessScope.Mode? {
    guard let word = reader.text(node, of: "mode") else { return nil }
    let known = AccessScope.Mode.allCases.map(\.rawValue)
    guard let mode = AccessScope.Mode(rawValue: word) else {
      reader.report(
        node,
        "mode must be \(known.joined(separator: ", ")), not '\(word)'\(Spelling.hint(for: word, among: known))"
      )
      return nil
    }
    return mode
  }

  private mutating func others(_ node: Node, own: [String], into scope: inout AccessScope) {
    let fields = reader.fields(
      node, of: "others", required: [], optional: ["roles", "schemas", "extensions", "cache_users"])
    if let entry = fields["roles"] { scope.roles = patterns(entry, own: own) }
    if let entry = fields["schemas"] { scope.schemas = patterns(entry, own: ["public", "pg_catalog"]) }
    if let entry = fields["extensions"] { scope.extensions = patterns(entry, own: []) }
    if let entry = fields["cache_users"] { scope.cacheUsers = patterns(entry, own: own + ["default"]) }
  }

  /// Reads names of others. Reports a pattern that covers a name of our own.
  private mutating func patterns(_ entry: ManifestEntry, own: [String]) -> [NamePattern] {
    reader.words(entry.value, of: "'\(entry.name)'").compactMap { word in
      let pattern = NamePattern(word.text)
      guard let hit = own.first(where: pattern.matches) else { return pattern }
      reader.report(
        word.place, "'\(word.text)' in '\(entry.name)' of others covers '\(hit)', which is our own")
      return nil
    }
  }
}
