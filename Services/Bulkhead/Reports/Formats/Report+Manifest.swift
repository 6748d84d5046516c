import AccessLint
import AccessManifest

/// The reports of the commands that read manifests only.
extension Report {
  /// The changes from one manifest to another. The lines are the new manifest's; what is gone has none.
  init(_ changes: [ManifestChange], to new: AccessManifest, path: String) {
    self.init(
      command: "access diff", manifest: path, summary: changes.summary,
      rules: ManifestChange.Effect.allCases.map(\.rule),
      parts: [
        Part(
          name: "changes",
          items: changes.map { change in
            let rule = change.effect.rule
            return Item(
              rule: rule.id, level: rule.level, account: change.account, object: change.object,
              message: change.message, line: new.line(of: change.account, on: change.object))
          })
      ])
  }

  /// The findings of the lint, and those that are switched off.
  init(_ report: AccessLintReport, path: String) {
    self.init(
      command: "access lint", manifest: path,
      summary: "\(report.findings.count.counted("finding")), \(report.allowed.count) switched off",
      rules: AccessRule.allCases.map { rule in
        Rule(
          id: rule.rawValue, level: rule.severity.level, summary: rule.text.finds,
          help: "\(rule.text.reason) Instead: \(rule.text.instead)")
      },
      parts: [Part(name: "manifest", items: (report.findings + report.allowed).map(Item.init))])
  }
}

extension Report.Item {
  fileprivate init(_ finding: AccessFinding) {
    self.init(
      rule: finding.rule.rawValue, level: finding.rule.severity.level, account: finding.account,
      object: finding.object, message: finding.message, line: finding.line, allowed: finding.allowed)
  }
}

extension AccessRule.Severity {
  fileprivate var level: Report.Level {
    switch self {
    case .error: .error
    case .warning: .warning
    }
  }
}

extension [ManifestChange] {
  /// `2 changes: 1 widening, 0 narrowing, 1 breaking`.
  var summary: String {
    guard !isEmpty else { return "no right changes" }
    let counts = ManifestChange.Effect.allCases.map { effect in
      "\(count { $0.effect == effect }) \(effect.rawValue)"
    }
    return "\(count.counted("change")): \(counts.joined(separator: ", "))"
  }
}

extension ManifestChange.Effect {
  fileprivate var rule: Report.Rule {
    switch self {
    case .widening:
      Report.Rule(
        id: rawValue, level: .warning, summary: "An account may do more.",
        help: "Check that the service needs the right.")
    case .narrowing:
      Report.Rule(
        id: rawValue, level: .note, summary: "An account may do less, and its statements still work.",
        help: "Check that the service can do its work with a lower limit or fewer rows.")
    case .breaking:
      Report.Rule(
        id: rawValue, level: .error, summary: "A statement or a login that works today is refused.",
        help: "Deploy programs that do without it first.")
    }
  }
}
