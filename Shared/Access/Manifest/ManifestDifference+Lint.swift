/// What guards the manifest itself: the lint's declarations, its allowances and the limit of the server. They grant no
/// right, and without them a later change of rights meets no objection.
extension ManifestDifference {
  var guards: [ManifestChange] { secretColumns + allowances + serverConnections }

  private var secretColumns: [ManifestChange] {
    let (before, after) = (Self.columns(old.lint), Self.columns(new.lint))
    return before.subtracting(after).sorted().map {
      ManifestChange(
        .widening, Self.manifest, "secret_columns",
        "\($0) is no longer a secret column: the lint names no second reader of it")
    }
      + after.subtracting(before).sorted().map {
        ManifestChange(.narrowing, Self.manifest, "secret_columns", "\($0) is a secret column")
      }
  }

  private static func columns(_ lint: LintDeclarations) -> Set<String> {
    Set(lint.secretColumns.flatMap { table, columns in columns.map { "\(table).\($0)" } })
  }

  private var allowances: [ManifestChange] {
    let (before, after) = (Self.exceptions(old.lint), Self.exceptions(new.lint))
    return Set(before.keys).union(after.keys).sorted().compactMap { exception in
      switch (before[exception], after[exception]) {
      case (nil, let reason?):
        ManifestChange(.widening, Self.manifest, "allow", "the rule \(exception) is switched off: \(reason)")
      case (.some, nil):
        ManifestChange(.narrowing, Self.manifest, "allow", "the rule \(exception) is no longer switched off")
      case (nil, nil), (.some, .some): nil
      }
    }
  }

  /// The reason of each rule that is off at a place, by rule and place in words.
  private static func exceptions(_ lint: LintDeclarations) -> [String: String] {
    let pairs = lint.allowances.flatMap { allowance in
      allowance.places.map { ("'\(allowance.rule)' \($0.words)", allowance.reason) }
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  private var serverConnections: [ManifestChange] {
    let (before, after) = (old.lint.serverConnections, new.lint.serverConnections)
    guard before != after else { return [] }
    let words = { (count: Int?) in count.map(String.init) ?? "not declared" }
    return [
      ManifestChange(
        after ?? .max > before ?? .max ? .widening : .narrowing, Self.manifest, "max_connections",
        "max_connections of the database's server is \(words(after)) instead of \(words(before))")
    ]
  }
}

extension ManifestPlace {
  fileprivate var words: String {
    switch self {
    case .manifest: "in the whole manifest"
    case .account(let name): "for the account \(name)"
    case .grant(let holder, let table, let verb): "for \(verb.rawValue) on \(table) of \(holder)"
    }
  }
}
