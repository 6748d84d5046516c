import ArgumentParser
import Clock
import DataAccess
import Runtime
import Schema
import Service

/// `bulkhead promote EMAIL`: makes a user an operator. No service can make the first one.
struct PromoteCommand: EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Make the user with this email an operator.")

  @Argument(help: "The email that the user signed up with.")
  var email: String

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let changed = try await Self.promote(email, in: context.database())
    guard changed else { throw ToolError("no user has the email \(email.lowercased()): sign up first") }
    context.console.print(
      "\(email.lowercased()) is an operator; the token of the next sign-in has the role")
    return .success
  }

  static func promote(_ email: String, in context: DatabaseContext) async throws -> Bool {
    let log = EventLog(source: "bulkhead", account: context.site.configuration.user)
    return try await context.withDatabase { try await promote(email, in: $0, log) }
  }

  private static func promote(_ email: String, in database: Database, _ log: EventLog) async throws -> Bool {
    let limits = LockLimits(totalMilliseconds: lockSeconds * 1_000)
    do throws(DatabaseError) {
      return try await database.withShortLocks(limits) { transaction throws(DatabaseError) in
        try await promote(email.lowercased(), by: transaction, log)
      }
    } catch {
      if error.isLockConflict {
        throw ToolError(
          "another session has locked what this changes for \(lockSeconds) s: \(error.detail ?? "\(error)")")
      }
      guard error.kind == .invalidStatement else { throw error }
      let reason = error.detail.map { " (\($0))" } ?? ""
      throw ToolError(
        "the database does not have the schema of this release\(reason): run `bulkhead migrate up` first")
    }
  }

  private static func promote(
    _ email: String, by transaction: Transaction, _ log: EventLog
  ) async throws(DatabaseError) -> Bool {
    let row = Users.select(\.id, \.role).where(\.email == email).forUpdate()
    let found = try await transaction.first(row) { id, role in Found(id: id, role: role) }
    guard let found else { return false }
    guard found.role != Role.operator.rawValue else { return true }
    try await transaction.run(Users.update(\.role <- Role.operator.rawValue).where(\.id == found.id))
    try await log.append(
      "user.updated", subject: .id(found.id),
      payload: ["actor": "bulkhead promote", "fields": ["role"]], at: .now(), in: transaction)
    return true
  }

  /// How long the change waits for another session.
  private static let lockSeconds = 10

  private struct Found {
    let id: Int64
    let role: String
  }
}
