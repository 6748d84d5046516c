import DataAccess
import JSON
import Schema

/// The append-only event log, as one account may write it: always under that account's own name.
///
/// It takes a transaction and no database, so that an event can only be written together with the change it tells of.
package struct EventLog: Sendable {
  /// The value of `events.source`; the database refuses any other for this account.
  package let source: String

  package init(source: String) {
    self.source = source
  }

  /// What an event is about.
  package enum Subject: Sendable {
    case id(Int64)
    /// Of a longer name the beginning is kept, as much as the column has room for.
    case name(String)

    /// What `events.subject` has room for, counted as the engines count: by Unicode scalars.
    static let maximumScalars = 64

    var text: String {
      switch self {
      case .id(let id): String(id)
      case .name(let name): String(String.UnicodeScalarView(name.unicodeScalars.prefix(Self.maximumScalars)))
      }
    }
  }

  /// Adds one event to the open transaction. It asks for nothing back: who may only insert may not read.
  package func append(
    _ type: String, subject: Subject, payload: [String: JSONValue] = [:], at moment: Timestamp,
    in transaction: Transaction
  ) async throws(DatabaseError) {
    try await transaction.run(
      Events.insert(
        \.type <- type, \.source <- source, \.subject <- subject.text, \.payload <- Self.document(payload),
        \.occurredAt <- moment))
  }

  static func document(_ payload: [String: JSONValue]) throws(DatabaseError) -> JSONText {
    if payload.isEmpty { return .emptyObject }
    do {
      return JSONText(String(decoding: try JSONCoding.encode(payload), as: UTF8.self))
    } catch {
      throw DatabaseError(decoding: "the payload of an event is not JSON: \(error)")
    }
  }
}
