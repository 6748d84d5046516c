import ArgumentParser
import Foundation
import Migrations

/// `bulkhead migrate new NAME`: creates the file of the next version.
struct MigrateNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Create the file of the next version in the checkout, to be filled in.")

  @Argument(help: "What the migration does, in snake_case.")
  var name: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let path: String
    let version: Int
    let advice: String
  }

  func run() throws {
    let folder = MigrationTemplate.folder
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ToolError("no folder \(folder) in the current directory: run this command in the checkout")
    }
    guard let template = MigrationTemplate.next(named: name, after: files) else {
      throw ValidationError("NAME must be snake_case: lower-case letters, digits and underscores")
    }
    let path = "\(folder)/\(template.fileName)"
    guard !FileManager.default.fileExists(atPath: path) else { throw ToolError("\(path) exists already") }
    try template.contents.write(toFile: path, atomically: true, encoding: .utf8)
    if output.json {
      try Console().printJSON(Answer(path: path, version: template.version, advice: template.advice))
    } else {
      Console().print("created \(path)\n\(template.advice)")
    }
  }
}
