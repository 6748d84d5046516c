import ArgumentParser
import DataAccess
import Runtime
import Schema

/// `bulkhead promote EMAIL`: the first operator has to come from somewhere, and no service can make one.
struct PromoteCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Makes the user with this email an operator.")

  @Argument(help: "The email with which the user signed up.")
  var email: String

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let changed = try await context.database().withDatabase { try await Self.promote(email, in: $0) }
    guard changed else { throw ToolError("no user has the email \(email.lowercased())") }
    context.console.say(
      "\(email.lowercased()) is an operator; the role is in the token of the next sign-in")
    return .success
  }

  static func promote(_ email: String, in database: Database) async throws -> Bool {
    let change = Users.update(\.role <- Role.operator.rawValue).where(\.email == email.lowercased())
    return try await database.run(change) == 1
  }
}
