import AccessPlanning
import Runtime

/// The answers of all engines in one report. An engine that failed has its reason there, and the others their result.
struct EngineReport<Value: Sendable> {
  typealias Answers = [AccessController.Answer<Result<Value, AccessError>>]

  private let answers: Answers
  private let json: Bool
  private let leftOut: LeftOut

  init(_ answers: Answers, json: Bool, leavingOut leftOut: LeftOut = .nothing) {
    self.leftOut = leftOut
    self.answers = answers
    self.json = json
  }

  /// One engine in the JSON document: its content beside its name, or the reason why it has none.
  private struct Entry<Content: Encodable>: Encodable {
    let engine: String
    let content: Content?
    let error: String?
    var only: [String]?
    var leftOut: [String: Int]?
    var isSkipped = false

    private enum CodingKeys: String, CodingKey {
      case engine, error, only
      case leftOut = "left_out"
      case isSkipped = "skipped"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(engine, forKey: .engine)
      try container.encodeIfPresent(error, forKey: .error)
      try container.encodeIfPresent(only, forKey: .only)
      try container.encodeIfPresent(leftOut, forKey: .leftOut)
      if isSkipped { try container.encode(isSkipped, forKey: .isSkipped) }
      try content?.encode(to: encoder)
    }
  }

  /// Prints the answers as JSON, or each by `text`. The reasons of failures also go to standard error.
  func show<Content: Encodable>(
    on console: Console, content: (Value) -> Content, text: (Value, String) -> Void
  ) throws {
    var entries: [Entry<Content>] = []
    for answer in answers {
      switch answer.value {
      case .success(let value):
        var entry = Entry(engine: answer.target, content: content(value), error: nil)
        if let counts = leftOut.counts[answer.target] {
          (entry.only, entry.leftOut) = (leftOut.words, counts)
        }
        entries.append(entry)
        if !json {
          text(value, answer.target)
          if let line = leftOut.line(of: answer.target) { console.print(console.out(.caution, "  \(line)")) }
        }
      case .failure(let error):
        entries.append(Entry(engine: answer.target, content: nil, error: "\(error)"))
        console.printError("\(answer.target): \(error)")
      }
    }
    entries += leftOut.skipped.map {
      Entry(
        engine: $0.name, content: nil, error: nil, only: leftOut.words.isEmpty ? nil : leftOut.words,
        isSkipped: true)
    }
    if json { return try console.printJSON(entries) }
    for line in leftOut.skippedLines { console.print(console.out(.caution, line)) }
  }
}

extension Array {
  /// 1 where an engine failed, 2 where one differs from the manifest, else 0.
  func exitCode<Value>(_ isInOrder: (Value) -> Bool) -> Runtime.ExitCode
  where Element == AccessController.Answer<Result<Value, AccessError>> {
    var code = Runtime.ExitCode.success
    for answer in self {
      guard case .success(let value) = answer.value else { return .failure }
      if !isInOrder(value) { code = .difference }
    }
    return code
  }
}

extension Console {
  /// Prints what a change leaves to a superuser, to a later run or to an operator.
  func show(_ outcome: AccessOutcome) {
    for step in outcome.remaining {
      let reason =
        step.authority == .superuser ? "-- needs a superuser (bulkhead bootstrap)" : "-- not executed"
      print("  \(out(.caution, "!")) \(step.line) \(out(.caution, reason))")
    }
    for note in outcome.notes { print("  \(note)") }
    show(unmended: outcome.unmended)
  }

  /// Prints the deviations that only an operator can end.
  func show(unmended: [Deviation]) {
    guard !unmended.isEmpty else { return }
    print(out(.bad, "  no step mends \(unmended.count.counted("deviation")):"))
    for deviation in unmended { print("  \(deviation.kind.rawValue): \(deviation.message)") }
  }
}
