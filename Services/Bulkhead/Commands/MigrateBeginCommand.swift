import ArgumentParser
import Foundation
import Migrations

/// `bulkhead migrate new NAME`.
struct MigrateBeginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Begins the next version: a file to fill in, in the checkout.")

  @Argument(help: "What it does, in snake_case.")
  var name: String

  func run() throws {
    guard let template = MigrationTemplate.next(named: name) else {
      throw ValidationError("NAME is snake_case: lower-case letters, digits and underscores")
    }
    let path = "\(MigrationTemplate.folder)/\(template.fileName)"
    guard FileManager.default.fileExists(atPath: MigrationTemplate.folder) else {
      throw ToolError("there is no \(MigrationTemplate.folder) here; run this in the checkout")
    }
    guard !FileManager.default.fileExists(atPath: path) else { throw ToolError("\(path) is there already") }
    try template.contents.write(toFile: path, atomically: true, encoding: .utf8)
    Console().say("made \(path)\n\(template.advice)")
  }
}
