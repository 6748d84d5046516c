import AccessManifest
import AccessPlanning

/// The reports of the commands that compare engines with the manifest.
extension Report {
  /// The deviations of each engine.
  init(verified answers: EngineReport<[Deviation]>.Answers, by manifest: AccessManifest, path: String) {
    let parts = answers.map { answer in
      Part(answer, passed: "matches the manifest") { found in
        found.map { Item($0, by: manifest) }
      }
    }
    let counted = parts.flatMap(\.items).count { $0.level != .note }
    self.init(
      command: "access verify", manifest: path,
      summary: Self.summary(counted.counted("deviation"), of: parts),
      rules: Deviation.Kind.allCases.map(\.rule), parts: parts)
  }

  /// The steps of each engine's plan, and what no step mends.
  init(planned answers: EngineReport<AccessPlan>.Answers, by manifest: AccessManifest, path: String) {
    let parts = answers.map { answer in
      Part(answer, passed: "matches the manifest") { plan in
        plan.steps.map { Item($0) } + plan.unmended.map { Item($0, by: manifest) }
      }
    }
    let steps = parts.flatMap(\.items).count { $0.level != .note }
    self.init(
      command: "access plan", manifest: path, summary: Self.summary(steps.counted("step"), of: parts),
      parts: parts)
  }

  private static func summary(_ counts: String, of parts: [Part]) -> String {
    let failed = parts.filter { $0.failure != nil }.map(\.name)
    return failed.isEmpty ? counts : "\(counts); failed: \(failed.joined(separator: ", "))"
  }
}

extension Report.Part {
  /// The items of one engine, or the reason why it has none.
  fileprivate init<Value>(
    _ answer: AccessController.Answer<Result<Value, AccessError>>, passed: String,
    _ items: (Value) -> [Report.Item]
  ) {
    self.init(name: answer.target)
    switch answer.value {
    case .success(let value):
      self.items = items(value)
      if self.items.allSatisfy({ $0.level == .note }) { self.passed = [passed] }
    case .failure(let error): failure = "\(error)"
    }
  }
}

extension Report.Item {
  fileprivate init(_ deviation: Deviation, by manifest: AccessManifest) {
    let rule = deviation.kind.rule
    self.init(
      rule: rule.id, level: rule.level, account: deviation.account.isEmpty ? nil : deviation.account,
      object: [deviation.privilege, deviation.object, deviation.column].compactMap { $0 }.joined(
        separator: " "),
      message: deviation.message, line: manifest.line(of: deviation.account, on: deviation.object))
  }

  fileprivate init(_ step: PlannedStep) {
    let rule =
      switch step.authority {
      case .administrator: "apply"
      case .superuser: "bootstrap"
      }
    self.init(rule: rule, level: .warning, message: step.reason, statement: step.line)
  }
}

extension Deviation.Kind {
  fileprivate var rule: Report.Rule {
    switch self {
    case .excess:
      Report.Rule(
        id: rawValue, level: .error, summary: "The engine allows more than the manifest.",
        help: "Run `bulkhead access apply`, or `bulkhead bootstrap` where the plan says so.")
    case .missing:
      Report.Rule(
        id: rawValue, level: .error,
        summary: "The engine allows less than the manifest, so that a service fails.",
        help: "Run `bulkhead access apply`.")
    case .different:
      Report.Rule(
        id: rawValue, level: .error,
        summary: "A setting, an owner or an attribute differs from the manifest.",
        help: "Run `bulkhead access plan`, which names the steps.")
    case .outside:
      Report.Rule(
        id: rawValue, level: .note, summary: "It belongs to others, by the manifest's scope.",
        help: "Nothing is changed. List it under `others` where it should not be reported.")
    case .residue:
      Report.Rule(
        id: rawValue, level: .note,
        summary: "The server's provider leaves it open, and it cannot be closed there.",
        help: "Nothing is changed. docs/deploy.md says what it means.")
    case .remark:
      Report.Rule(
        id: rawValue, level: .note, summary: "It gives and takes no right.",
        help: "Nothing is changed.")
    }
  }
}
