import AccessManifest
import ArgumentParser
import Runtime

/// `bulkhead access diff`: what a change of the manifest means, offline.
struct AccessDiffCommand: FormattedCommand {
  static let formats: [ReportFormat] = [.text, .json, .markdown, .sarif]

  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Name each change from one manifest to another; exit code 2 where there is one.",
    discussion: """
      Each change is widening (an account may do more), narrowing (less, and its statements still work) or breaking (a \
      statement or a login that works today is refused). For a pull request: \
      git show main:deploy/access.yaml >old.yaml && bulkhead access diff --format markdown old.yaml deploy/access.yaml
      """)

  @Argument(help: "The manifest before the change.")
  var old: String

  @Argument(help: "The manifest after the change.")
  var new: String

  @OptionGroup var output: FormatOptions

  private struct Answer: Encodable {
    let changes: [ManifestChange]
  }

  func run() async throws {
    try await reportingErrors(output) { console in
      let before = try AccessManifest.load(path: old)
      let after = try AccessManifest.load(path: new)
      let changes = ManifestDifference(from: before, to: after).changes
      switch output.chosen {
      case .text: show(changes, on: console)
      case .json: try console.printJSON(Answer(changes: changes))
      case .markdown, .sarif, .junit: try show(Report(changes, to: after, path: new), on: console)
      }
      return changes.isEmpty ? .success : .difference
    }
  }

  private func show(_ changes: [ManifestChange], on console: Console) {
    console.print(changes.summary)
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
