/// The server's commands by category, as `ACL CAT` reports them. The meaning of rules differs from release to release.
package struct RedisCommandTable: Sendable, Hashable {
  /// The commands of each category; a subcommand is `client|list`.
  package let categories: [String: Set<String>]
  /// Every executable command.
  package let commands: Set<String>
  /// The subcommands of each command that has some. A plan reads a rule of each command for each account.
  private let subcommands: [String: Set<String>]

  /// Makes a table of these categories.
  ///
  /// A command with subcommands cannot run itself, so the table leaves it out: `-client +client|id` grants one command.
  package init(categories: [String: Set<String>]) {
    let all = categories.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    subcommands = all.reduce(into: [:]) { subcommands, command in
      let container = command.prefix { $0 != "|" }
      if container.endIndex < command.endIndex { subcommands[String(container), default: []].insert(command) }
    }
    let containers = Set(subcommands.keys)
    self.categories = categories.mapValues { $0.subtracting(containers) }
    commands = all.subtracting(containers)
  }

  /// Returns the commands that a list of rules allows, read from left to right as the server reads it.
  ///
  /// The server rewrites rules (it resolves categories into commands), so rules can be compared only by the commands
  /// that they allow.
  package func commands(allowedBy rules: [String]) -> Set<String> {
    rules.reduce(into: []) { allowed, rule in
      let subject = subjects(of: rule.dropFirst().lowercased())
      if rule.first == "+" { allowed.formUnion(subject) } else { allowed.subtract(subject) }
    }
  }

  private func subjects(of word: String) -> Set<String> {
    if word == "@all" { return commands }
    if word.first == "@" { return categories[String(word.dropFirst())] ?? [] }
    return subcommands[word] ?? [word]
  }
}
