import AccessManifest
import ArgumentParser
import Foundation
import Runtime

/// A subcommand that works on the manifest: an error becomes one clear line and the exit code of the contract.
///
/// A command that also needs the database or the cache opens them with ``ToolContext/database()`` or
/// ``ToolContext/fleet()``, so that only those settings are demanded.
protocol ToolCommand: AsyncParsableCommand {
  /// Does the work and returns the exit code.
  func work(on context: ToolContext) async throws -> Runtime.ExitCode
}

extension ToolCommand {
  func run() async throws {
    let console = Console()
    let code: Runtime.ExitCode
    do {
      code = try await work(on: try ToolContext(console: console))
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

/// `--json`, for answers that machines read.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Answer with JSON on standard output.")
  var json = false
}
