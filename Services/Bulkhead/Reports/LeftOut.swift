import AccessPlanning
import AccessProof

/// What `--only` and `--without-logins` leave out of an answer. Every form of an answer has it: "matches the manifest" over a part must not be
/// read as a statement about the whole.
struct LeftOut: Sendable {
  /// A part that was not compared at all, and the option that left it out.
  struct Part: Sendable {
    let name: String
    let option: String
  }

  /// The words after `--only`.
  let words: [String]
  /// The deviations outside of the focus, for each engine that was compared: their number by account.
  let counts: [String: [String: Int]]
  /// The parts that were not compared at all.
  let skipped: [Part]

  /// What a focus leaves out of these answers.
  init<Value>(
    _ focus: AccessFocus, of answers: EngineReport<Value>.Answers, skipping skipped: [Part],
    counts: (Value) -> [String: Int]
  ) {
    words = focus.words
    self.skipped = skipped
    let isOfAccounts = !focus.accounts.isEmpty
    self.counts = Dictionary(
      answers.compactMap { answer in
        guard isOfAccounts, case .success(let value) = answer.value else { return nil }
        return (answer.target, counts(value))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Nothing.
  static let nothing = LeftOut()

  private init() {
    words = []
    counts = [:]
    skipped = []
  }

  /// Whether every part was compared as a whole.
  var isNothing: Bool { words.isEmpty && skipped.isEmpty }

  /// The line below an engine's answer; nil where the engine was compared as a whole.
  func line(of engine: String) -> String? {
    guard let found = counts[engine] else { return nil }
    let names = words.joined(separator: ", ")
    guard !found.isEmpty else { return "only \(names) compared; nothing else deviates" }
    let list = found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let total = found.values.reduce(0, +).counted("deviation")
    return "only \(names) compared; left out by --only: \(total) (\(list))"
  }

  /// The lines of the parts that were not compared.
  var skippedLines: [String] {
    skipped.map { "\($0.name): left out by \($0.option)" }
  }
}

extension Report {
  /// The report with what options leave out, as notes and in the summary.
  func with(_ leftOut: LeftOut) -> Report {
    guard !leftOut.isNothing else { return self }
    let compared = parts.map { part -> Part in
      guard let line = leftOut.line(of: part.name) else { return part }
      var part = part
      part.items.append(Item(leftOut: line))
      return part
    }
    let skipped = leftOut.skipped.map {
      Part(name: $0.name, items: [Item(leftOut: "not compared, because of \($0.option)")])
    }
    let options =
      leftOut.words.isEmpty
      ? Set(leftOut.skipped.map(\.option)).sorted().joined(separator: ", ")
      : "only \(leftOut.words.joined(separator: ", "))"
    return Report(
      command: command, manifest: manifest,
      summary: "\(summary), \(options)", rules: rules + [.leftOut],
      parts: compared + skipped)
  }
}

extension Report.Rule {
  /// What an option leaves out.
  static let leftOut = Report.Rule(
    id: "left-out", level: .note,
    summary: "An option of the command left this part out, so it has no result.",
    help: "Run the command without the option.")
}

extension Report.Item {
  /// A note about what is left out.
  init(leftOut message: String) {
    self.init(rule: Report.Rule.leftOut.id, level: .note, message: message)
  }
}

extension ProofReport {
  /// Words after a count of violations, so that none over a part is not read as none over all.
  var reach: String {
    let chosen =
      leftOut.isEmpty ? "" : " among the chosen accounts; \(leftOut.count.counted("account")) left out"
    let unknown = notTried.isEmpty ? "" : "; \(notTried.count.counted("cell")) not tried"
    return chosen + unknown + failures.map { "; \($0.engine) was not proven" }.joined()
  }

  /// Words on what no account tried: patterns of keys, and servers beside the cache.
  var omissions: [String] {
    let patterns =
      "not tried: \(patternsLeftOut.counted("further pattern")) of keys of other users, whose keys the patterns of our "
      + "accounts do not cover; `bulkhead access verify` names the users"
    let servers =
      "not tried: the accounts of the cache's replicas \(serversLeftOut.joined(separator: ", ")), of which each server has "
      + "its own; `bulkhead access verify` says what to run"
    return (patternsLeftOut > 0 ? [patterns] : []) + (serversLeftOut.isEmpty ? [] : [servers])
  }
}
