import ArgumentParser
import Runtime

/// `bulkhead access prove`: the whole matrix, tried for real.
struct AccessProveCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract:
      "Tries every cell of the matrix with each account's own credentials; exit code 2 on a violation.")

  @OptionGroup var output: OutputOptions

  @Option(name: .customLong("html"), help: "Write the matrix as one self-contained page.")
  var htmlPath: String?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    try await Proof(context: try context.fleet()).run(json: output.json, htmlPath: htmlPath)
  }
}
