import ArgumentParser
import Runtime

/// The forms of an answer.
enum ReportFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// For a terminal.
  case text
  /// For programs; the same as `--json`. docs/schemas has its schemas.
  case json
  /// For a comment on a pull request.
  case markdown
  /// For code scanning (SARIF 2.1.0).
  case sarif
  /// For the test reports of CI.
  case junit
}

/// The form of a command's output, and of its failure.
protocol OutputForm {
  /// Whether programs read the output as JSON.
  var json: Bool { get }

  /// Prints a failure on standard output where programs wait for a document there. The reasons are on standard error.
  func show(_ failure: ToolFailure, of command: String, on console: Console) throws
}

extension OutputForm {
  /// JSON, or nothing.
  func show(_ failure: ToolFailure, of command: String, on console: Console) throws {
    if json { try console.printJSON(failure) }
  }
}

/// `--format` and `--json`.
struct FormatOptions: ParsableArguments, OutputForm {
  @Option(
    help: "Print the answer as text, json, markdown, sarif or junit, as far as the command has that form.")
  var format: ReportFormat?

  @Flag(name: .customLong("json"), help: "Print JSON on standard output; the same as --format json.")
  var isJSON = false

  /// The chosen form.
  var chosen: ReportFormat { format ?? (isJSON ? .json : .text) }

  var json: Bool { chosen == .json }

  func validate() throws {
    if isJSON, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
  }

  func show(_ failure: ToolFailure, of command: String, on console: Console) throws {
    switch chosen {
    case .text: break
    case .json: try console.printJSON(failure)
    case .markdown, .sarif, .junit:
      console.printDocument(try Report(failed: command, errors: failure.errors).text(as: chosen))
    }
  }
}

/// A command with `--format`.
protocol FormattedCommand: AsyncParsableCommand {
  /// The forms that the command has.
  static var formats: [ReportFormat] { get }

  /// The chosen form.
  var output: FormatOptions { get }
}

extension FormattedCommand {
  /// Refuses a form that the command lacks.
  func validate() throws {
    guard !Self.formats.contains(output.chosen) else { return }
    let known = Self.formats.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("this command has no --format \(output.chosen.rawValue); it has \(known)")
  }

  /// Prints a report as a document, and the reasons of its failures on standard error.
  func show(_ report: Report, on console: Console) throws {
    for failure in report.failures { console.printError(failure) }
    console.printDocument(try report.text(as: output.chosen))
  }
}
