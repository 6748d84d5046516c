import AccessManifest
import ArgumentParser
import Foundation
import Runtime

/// A subcommand that works on the fleet: errors become one clear line and the exit code that CONTRACT names.
protocol ToolCommand: AsyncParsableCommand {
  /// Does the work; the answer is the exit code.
  func work(on workbench: Workbench) async throws -> Runtime.ExitCode
}

extension ToolCommand {
  func run() async throws {
    let console = Console()
    let code: Runtime.ExitCode
    do {
      code = try await work(on: try Workbench(console: console))
    } catch let problems as ConfigurationProblems {
      for problem in problems.problems { console.complain("\(problem)") }
      code = .configuration
    } catch let errors as ManifestErrors {
      for problem in errors.problems { console.complain("\(problem)") }
      code = .configuration
    } catch {
      console.complain("\(error)")
      code = .failure
    }
    if code != .success { throw ArgumentParser.ExitCode(code.rawValue) }
  }
}

/// `--json`, where an answer can be read by machines too.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Answer with JSON on standard output.")
  var json = false
}
