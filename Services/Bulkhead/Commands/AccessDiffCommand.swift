import AccessManifest
import ArgumentParser
import Runtime

/// `bulkhead access diff`: what a change of the manifest means, offline.
struct AccessDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Name each change from one manifest to another; exit code 2 where there is one.",
    discussion: """
      Each change is widening (an account may do more), narrowing (less, and its statements still work) or breaking (a \
      statement or a login that works today is refused). For a pull request: \
      git show main:deploy/access.yaml >old.yaml && bulkhead access diff old.yaml deploy/access.yaml
      """)

  @Argument(help: "The manifest before the change.")
  var old: String

  @Argument(help: "The manifest after the change.")
  var new: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let changes: [ManifestChange]
  }

  func run() async throws {
    try await reportingErrors(json: output.json) { console in
      let changes = ManifestDifference(
        from: try AccessManifest.load(path: old), to: try AccessManifest.load(path: new)
      ).changes
      if output.json {
        try console.printJSON(Answer(changes: changes))
      } else {
        show(changes, on: console)
      }
      return changes.isEmpty ? .success : .difference
    }
  }

  private func show(_ changes: [ManifestChange], on console: Console) {
    guard !changes.isEmpty else { return console.print("no right changes") }
    let counts = ManifestChange.Effect.allCases.map { effect in
      "\(changes.count { $0.effect == effect }) \(effect.rawValue)"
    }
    console.print("\(changes.count.counted("change")): \(counts.joined(separator: ", "))")
    for change in changes {
      let style: Paint.Style =
        switch change.effect {
        case .widening: .caution
        case .narrowing: .faint
        case .breaking: .bad
        }
      console.print("  \(console.out(style, change.effect.rawValue.padded(to: 10)))\(change.message)")
    }
  }
}
