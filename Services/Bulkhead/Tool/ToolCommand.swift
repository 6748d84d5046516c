import AccessManifest
import ArgumentParser
import DataAccess
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

/// A subcommand that reads the settings of an engine before it does anything. Its reader reports what is wrong with the tool's
/// settings beside that, so that one run lists all.
protocol EngineCommand: ToolCommand {}

/// A subcommand with `--json` or `--format`. It prints such a document when it fails, too.
protocol AnsweringCommand: AsyncParsableCommand {
  associatedtype Output: OutputForm
  /// The form of the output.
  var output: Output { get }
}

/// A subcommand that reads the manifest, with `--json` or `--format`.
protocol ReportingCommand: ToolCommand, AnsweringCommand {}

/// A subcommand that reads settings and nothing else: no manifest, no credentials, no engine.
protocol OfflineCommand: AsyncParsableCommand {
  /// Runs the command and returns its exit code.
  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode
}

extension OfflineCommand {
  func run() async throws {
    try await reportingErrors(outputForm) { console in
      let environment = ToolEnvironment.process()
      console.warn(of: environment.warnings)
      try environment.check()
      return try work(in: environment, console: console)
    }
  }
}

extension ToolCommand {
  func run() async throws {
    let stop = CommandStop(console: Console())
    defer { stop.endIfRequested() }
    try await reportingErrors(outputForm) { _ in
      let context = try ToolContext(stop: stop)
      if !(self is any EngineCommand) { try context.environment.check() }
      return try await work(on: context)
    }
  }
}

extension AsyncParsableCommand {
  fileprivate var outputForm: (any OutputForm)? { (self as? any AnsweringCommand)?.output }

  /// Prints each error of `body` as one line, and in the form of the output where programs read that, and ends with the
  /// matching exit code.
  func reportingErrors(
    _ form: (any OutputForm)? = nil, _ body: (Console) async throws -> Runtime.ExitCode
  ) async throws {
    let console = Console()
    let code: Runtime.ExitCode
    do {
      code = try await body(console)
    } catch let error as ValidationError {
      throw error
    } catch {
      let failure = ToolFailure(error)
      for line in failure.errors { console.printError(line) }
      // Only commands of `access` have a form that names the command.
      let name = "access \(Self.configuration.commandName ?? "")"
      try form?.show(failure, of: name, on: console)
      code = failure.code
    }
    if code != .success { throw ArgumentParser.ExitCode(code.rawValue) }
  }
}

/// Why a command did not do its work: the document that `--json` prints in place of a result.
struct ToolFailure: Encodable {
  /// One line for each problem.
  let errors: [String]
  let code: Runtime.ExitCode

  init(_ error: any Error) {
    switch error {
    case let problems as ConfigurationProblems:
      (errors, code) = (problems.problems.map { "\($0)" }, .configuration)
    case let found as ManifestErrors: (errors, code) = (found.problems.map { "\($0)" }, .configuration)
    // The engine's reason names host and port; one of a statement might quote values.
    case let lost as DatabaseError where lost.isUnavailability || lost.operation == DatabaseError.connecting:
      (errors, code) = ([lost.connectionReport], .failure)
    case let error as ToolError: (errors, code) = ([error.description] + error.details, .failure)
    case let error as CocoaError: (errors, code) = ([error.report], .failure)
    default: (errors, code) = (["\(error)"], .failure)
    }
  }

  /// A wrong use of the command.
  init(usage message: String) {
    (errors, code) = ([message], .usage)
  }

  private enum CodingKeys: String, CodingKey {
    case errors
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(errors, forKey: .errors)
  }
}

/// `--json`, for output that programs read.
struct OutputOptions: ParsableArguments, OutputForm {
  @Flag(help: "Print JSON on standard output.")
  var json = false
}

/// An error that ends the tool, in words for the operator.
struct ToolError: Error, CustomStringConvertible {
  let description: String
  /// Lines that follow the description, such as the end of a log.
  let details: [String]

  init(_ description: String, details: [String] = []) {
    self.description = description
    self.details = details
  }
}

extension CocoaError {
  /// The error of a file in words: what failed, the path, and the system's reason.
  fileprivate var report: String {
    guard let filePath else { return "\(self)" }
    let reason = (underlying as? POSIXError).map { ": \(String(cString: strerror($0.code.rawValue)))" } ?? ""
    let writes = (CocoaError.fileWriteUnknown.rawValue..<Self.endOfFileErrors).contains(code.rawValue)
    return "cannot \(writes ? "write" : "read") \(filePath)\(reason)"
  }

  /// The numbers from ``fileWriteUnknown`` to this one are those of writing.
  private static let endOfFileErrors = 1_024
}
