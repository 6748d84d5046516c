import Yams

/// Reads what the manifest declares for the lint: secret columns, and rules that are switched off.
extension ManifestParser {
  /// Reads `allow: { rule: reason }` beside what it concerns.
  mutating func allow(_ node: Node, at places: Set<ManifestPlace>) {
    for entry in reader.entries(node, of: "allow") {
      guard let reason = reader.text(entry.value, of: "the reason to allow '\(entry.name)'") else { continue }
      declarations.allowances.append(
        AccessAllowance(rule: entry.name, reason: reason, line: entry.key.line, places: places))
    }
  }

  /// Reads `secret_columns: { table: [columns] }`.
  mutating func secretColumns(_ node: Node) {
    for entry in reader.entries(node, of: "secret_columns") {
      guard isKnownTable(ManifestWord(text: entry.name, place: entry.key)), let table = tables[entry.name]
      else { continue }
      declarations.secretColumns[entry.name] = reader.words(entry.value, of: "the secret columns").compactMap
      {
        column($0, of: table)?.name
      }
    }
  }

  /// Records the line of an account.
  mutating func record(account entry: ManifestEntry?, named name: String?) {
    guard let entry, let name else { return }
    declarations.accountLines[name] = entry.value.mark?.line
  }
}
