import ArgumentParser
import Foundation
import Migrations

/// `bulkhead migrate new NAME`: creates the file of the next version.
struct MigrateNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Create the file of the next version in the checkout, to be filled in.")

  @Argument(help: "What the migration does, in snake_case.")
  var name: String

  func run() throws {
    guard let template = MigrationTemplate.next(named: name) else {
      throw ValidationError("NAME must be snake_case: lower-case letters, digits and underscores")
    }
    let path = "\(MigrationTemplate.folder)/\(template.fileName)"
    guard FileManager.default.fileExists(atPath: MigrationTemplate.folder) else {
      throw ToolError(
        "no folder \(MigrationTemplate.folder) in the current directory: run this command in the checkout")
    }
    guard !FileManager.default.fileExists(atPath: path) else { throw ToolError("\(path) exists already") }
    try template.contents.write(toFile: path, atomically: true, encoding: .utf8)
    Console().print("created \(path)\n\(template.advice)")
  }
}
