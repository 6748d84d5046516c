import AccessAdministration
import AccessManifest
import ArgumentParser
import DataAccess
import EventLoop
import Foundation
import Logging
import Runtime

/// `bulkhead access import`: writes a manifest from the rights that a database has. It reads no manifest.
struct AccessImportCommand: AnsweringCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Write a manifest from the rights that a live database has.",
    discussion: """
      The manifest takes its tables from the database (schema: live). What needs a decision becomes a comment that \
      begins with `doubt:`. Set DB_USER and DB_PASS_FILE to the owner of the tables.
      """)

  @Option(name: .customLong("schema"), help: "A schema to import, repeatable; all without one.")
  var schemas: [String] = []

  @Option(name: .customLong("role"), help: "A login role to import, repeatable; all without one.")
  var roles: [String] = []

  @Option(name: .customLong("to"), help: "The file to write; standard output without one.")
  var path: String?

  @Flag(help: "Overwrite the file.")
  var force = false

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    /// The file that was written, or the manifest itself.
    let path: String?
    let manifest: String?
    let doubts: [String]
  }

  func run() async throws {
    let stop = CommandStop(console: Console())
    defer { stop.endIfRequested() }
    try await reportingErrors(output) { console in
      if let path, !force, FileManager.default.fileExists(atPath: path) {
        throw ToolError("\(path) exists: pass --force to overwrite it")
      }
      let text = try await imported()
      if let path { try OutputFile(path).writeOrFail(text) }
      try show(text, on: console)
      return .success
    }
  }

  private func show(_ text: String, on console: Console) throws {
    let doubts = text.split(separator: "\n").compactMap { line in
      line.range(of: "doubt: ").map { String(line[$0.upperBound...]) }
    }
    if output.json {
      try console.printJSON(Answer(path: path, manifest: path == nil ? text : nil, doubts: doubts))
    } else if let path {
      console.print("wrote \(path): \(doubts.count.counted("doubt"))")
    } else {
      console.printDocument(text)
    }
  }

  private func imported() async throws -> String {
    Signals.ignoreBrokenPipes()
    let environment = ToolEnvironment.process()
    let (settings, log, _) = environment.tool()
    let selected = try environment.database(
      administrators: Administrators(databaseAccount: "migrate-admin", cacheAccount: "cache-admin"),
      credentialsDirectory: settings.credentialsDirectory)
    guard
      let administration = Administrations.databases.first(where: { $0.engine.name == selected.engine.name })
    else { throw ToolError("this tool has no administration for \(selected.engine.name)") }
    let loop = try EventLoop.make(name: "bulkhead")
    loop.start()
    let database = Database(
      driver: administration.administratorDriver(selected.configuration), loop: loop,
      configuration: PoolConfiguration(size: 1), logger: Logger.program("bulkhead", settings: log))
    let text: String?
    do throws(DatabaseError) {
      text = try await database.closing { () throws(DatabaseError) in
        try await administration.importedManifest(
          in: database, ImportSelection(schemas: schemas, roles: roles))
      }
    } catch {
      guard case .other = error.kind, let detail = error.detail else { throw error }
      throw ToolError(detail)
    }
    guard let text else { throw ToolError("access import does not read \(selected.engine.name)") }
    return text
  }
}
