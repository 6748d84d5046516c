import DataAccess
import JSON
import Schema

/// The events of backend-api from which other services learn that a session has ended, and what their payloads say.
package enum SessionEvents {
  /// The service that signs tokens. Events of the same types by another service mean nothing.
  static let source = "backend-api"

  package static let userCreated = "user.created"
  package static let userUpdated = "user.updated"
  package static let userDeleted = "user.deleted"
  package static let sessionRevoked = "session.revoked"

  static let types = [userCreated, userUpdated, userDeleted, sessionRevoked]

  private static let epochName = "epoch"
  private static let sessionName = "session"

  /// The account's state from this event on; tokens of another state are refused.
  package static func payload(epoch: String) -> [String: JSONValue] { [epochName: .string(epoch)] }

  /// The session of the event.
  package static func payload(session: Int64) -> [String: JSONValue] { [sessionName: .integer(session)] }

  static func epoch(in payload: JSONValue) -> String? { payload[epochName]?.string }
  static func session(in payload: JSONValue) -> Int64? { payload[sessionName]?.integer }
}

extension StatementRunner {
  /// The name of this installation: when its first migration was applied. A backup that is restored keeps it, and a
  /// database that is set up again has another one.
  package func installationName() async throws(DatabaseError) -> String {
    let applied = try await first(
      SchemaMigrations.select(\.appliedAt).orderBy(\.version).limit(stated: 1), as: { $0 })
    guard let applied else {
      throw DatabaseError(.other, detail: "the record of migrations is empty (run: bulkhead migrate up)")
    }
    return String(applied.microsecondsSinceEpoch)
  }
}
