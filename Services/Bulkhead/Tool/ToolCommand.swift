import AccessManifest
import ArgumentParser
import Foundation
import Runtime

/// A subcommand that reads the manifest. It prints each error as one line and ends with the matching exit code.
///
/// A command that also needs the database or the cache opens them with ``ToolContext/database()`` or
/// ``ToolContext/fleet()``, so that it requires only the settings of those.
protocol ToolCommand: AsyncParsableCommand {
  /// Runs the command and returns its exit code.
  func work(on context: ToolContext) async throws -> Runtime.ExitCode
}

/// A subcommand that reads settings and nothing else: no manifest, no credentials, no engine.
protocol OfflineCommand: AsyncParsableCommand {
  /// Runs the command and returns its exit code.
  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode
}

extension OfflineCommand {
  func run() async throws {
    try await reportingErrors { console in
      try work(in: ToolEnvironment(), console: console)
    }
  }
}

extension ToolCommand {
  func run() async throws {
    try await reportingErrors { console in
      try await work(on: try ToolContext(console: console))
    }
  }
}

extension AsyncParsableCommand {
  /// Prints each error of `body` as one line, and ends with the matching exit code.
  fileprivate func reportingErrors(_ body: (Console) async throws -> Runtime.ExitCode) async throws {
    let console = Console()
    let code: Runtime.ExitCode
    do {
      code = try await body(console)
    } catch let error as ValidationError {
      throw error
    } catch let problems as ConfigurationProblems {
      for problem in problems.problems { console.printError("\(problem)") }
      code = .configuration
    } catch let errors as ManifestErrors {
      for problem in errors.problems { console.printError("\(problem)") }
      code = .configuration
    } catch {
      console.printError("\(error)")
      code = .failure
    }
    if code != .success { throw ArgumentParser.ExitCode(code.rawValue) }
  }
}

/// `--json`, for output that programs read.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON on standard output.")
  var json = false
}

/// An error that ends the tool, in words for the operator.
struct ToolError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
