import ArgumentParser
import Foundation
import Migrations
import Runtime

/// `bulkhead migrate new NAME`: creates the file of the next version.
struct MigrateNewCommand: OfflineCommand, AnsweringCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Create the file of the next version in the checkout, to be filled in.")

  @Argument(help: "What the migration does, in snake_case.")
  var name: String

  @Flag(
    help:
      "Fill the step with the difference between Shared/Base/Schema and the migrations. Comments mark what it cannot derive."
  )
  var auto = false

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let path: String
    let version: Int
    let advice: String
  }

  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode {
    let folder = MigrationTemplate.folder
    let lock = try lock(folder)
    defer { close(lock) }
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ToolError("no folder \(folder) in the current directory: run this command in the checkout")
    }
    guard let template = MigrationTemplate.next(named: name, after: files) else {
      throw ValidationError("NAME must be snake_case: lower-case letters, digits and underscores")
    }
    let path = template.path
    let contents = auto ? try proposal(for: template) : template.contents
    do {
      guard try OutputFile(path).create(contents) else { throw ToolError("\(path) exists already") }
    } catch let failure as OutputFile.Failure {
      throw ToolError("\(failure)")
    }
    if output.json {
      try console.printJSON(Answer(path: path, version: template.version, advice: template.advice))
    } else {
      console.print("created \(path)")
      console.printDocument(template.advice)
    }
    return .success
  }

  /// Keeps other runs out until the file is there: two that read the folder at once would choose the same version. The system
  /// releases the lock with the descriptor.
  private func lock(_ folder: String) throws -> Int32 {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ToolError("no folder \(folder) in the current directory: run this command in the checkout")
    }
    guard flock(descriptor, LOCK_EX) == 0 else {
      let code = errno
      close(descriptor)
      throw ToolError("cannot lock \(folder): \(String(cString: strerror(code)))")
    }
    return descriptor
  }

  /// The tool compares the definitions that it was built with, so it must be built from the checkout as it is.
  private func proposal(for template: MigrationTemplate) throws -> String {
    guard template.version == Migration.all.count + 1 else {
      throw ToolError(
        "the newest version in the checkout is \(template.version - 1), and this tool was built with "
          + "\(Migration.all.count): register it in \(MigrationTemplate.registration), and build the tool again"
      )
    }
    let proposal = try SchemaProposal.ofSchema()
    guard !proposal.isEmpty else {
      throw ToolError(
        "Shared/Base/Schema is what the migrations make: change it first, and build the tool again")
    }
    return template.contents(filledWith: proposal)
  }
}
