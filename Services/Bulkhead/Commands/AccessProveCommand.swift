import AccessProof
import ArgumentParser
import Runtime

/// `bulkhead access prove`: tries every cell of the access matrix on the engines.
struct AccessProveCommand: ReportingCommand, EngineCommand, FormattedCommand {
  static let formats: [ReportFormat] = [.text, .json, .markdown, .junit]

  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract:
      "Try every cell of the access matrix with each account's own credentials; exit code 2 on a violation.")

  @OptionGroup var output: FormatOptions

  @OptionGroup var only: FocusOptions

  @Option(name: .customLong("html"), help: "Write the matrix to this file as one self-contained page.")
  var htmlPath: String?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let proof = Proof(engines: try await context.engines(only: only))
    let (isQuiet, htmlPath) = (output.chosen != .text, htmlPath)
    let report = try await ProofStop.observing { try await proof.run(quietly: isQuiet, htmlPath: htmlPath) }
    let console = context.console
    switch output.chosen {
    case .text: console.printDocument(TerminalMatrix(report, isColoured: console.out.isOn).text)
    case .json: try console.printJSON(report)
    case .markdown, .sarif, .junit:
      try show(Report(report, by: context.manifest, path: context.settings.manifestPath), on: console)
    }
    report.printFailures(on: console)
    return report.exitCode
  }
}

extension ProofReport {
  /// Prints a line for each engine that could not be proven.
  func printFailures(on console: Console) {
    for failure in failures { console.printError(failure.description) }
  }

  /// 1 where an engine could not be proven or a cell was not tried, 2 where one does not do what the manifest says, else 0.
  var exitCode: Runtime.ExitCode {
    guard failures.isEmpty, notTried.isEmpty else { return .failure }
    return isClean ? .success : .difference
  }
}
