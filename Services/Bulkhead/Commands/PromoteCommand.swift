import ArgumentParser
import DataAccess
import Runtime
import Schema

/// `bulkhead promote EMAIL`: makes a user an operator. No service can make the first one.
struct PromoteCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Make the user with this email an operator.")

  @Argument(help: "The email that the user signed up with.")
  var email: String

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let changed = try await context.database().withDatabase { try await Self.promote(email, in: $0) }
    guard changed else { throw ToolError("no user has the email \(email.lowercased()): sign up first") }
    context.console.print(
      "\(email.lowercased()) is an operator; the token of the next sign-in has the role")
    return .success
  }

  static func promote(_ email: String, in database: Database) async throws -> Bool {
    let change = Users.update(\.role <- Role.operator.rawValue).where(\.email == email.lowercased())
    do {
      return try await database.run(change) == 1
    } catch  where error.kind == .invalidStatement {
      throw ToolError("the database has no table of users: run `bulkhead migrate up` first")
    }
  }
}
