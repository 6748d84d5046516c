import ArgumentParser
import Runtime

/// `bulkhead access prove`: tries every cell of the access matrix on the engines.
struct AccessProveCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract:
      "Try every cell of the access matrix with each account's own credentials; exit code 2 on a violation.")

  @OptionGroup var output: OutputOptions

  @Option(name: .customLong("html"), help: "Write the matrix to this file as one self-contained page.")
  var htmlPath: String?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    try await Proof(context: try await context.fleet()).run(json: output.json, htmlPath: htmlPath)
  }
}
