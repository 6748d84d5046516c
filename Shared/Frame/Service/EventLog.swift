import DataAccess
import JSON
import Schema

/// The append-only event log. One account writes events under its own name only.
///
/// ``append(_:subject:payload:at:in:)`` takes a transaction: an event is written together with the change that it
/// records, or not at all.
package struct EventLog: Sendable {
  /// The value of `events.source`; the database refuses any other value from this account.
  package let source: String

  package init(source: String) {
    self.source = source
  }

  /// The subject of an event.
  package enum Subject: Sendable {
    case id(Int64)
    /// A name; the column stores as many scalars of it as fit.
    case name(String)

    /// The size of `events.subject` in Unicode scalars, which the engines count.
    static let maximumScalars = 64

    var text: String {
      switch self {
      case .id(let id): String(id)
      case .name(let name): String(String.UnicodeScalarView(name.unicodeScalars.prefix(Self.maximumScalars)))
      }
    }
  }

  /// Adds one event to the open transaction. It returns nothing, because an account that may only insert cannot read.
  /// The event is sent together with the next statement or the commit, which reports its failure.
  /// - Parameter payload: Names of what was changed, and numbers; never values that a person entered.
  package func append(
    _ type: String, subject: Subject, by author: EventAuthor? = nil, payload: [String: JSONValue] = [:],
    at moment: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    let payload = payload.merging(author?.payload ?? [:]) { own, _ in own }
    try await transaction.gather(
      Events.insert(
        \.type <- type, \.source <- source, \.subject <- subject.text, \.payload <- Self.document(payload),
        \.occurredAt <- moment))
  }

  static func document(_ payload: [String: JSONValue]) throws(DatabaseError) -> JSONText {
    if payload.isEmpty { return .emptyObject }
    guard !payload.contains(where: { $0.key.utf8.contains(0) || $0.value.containsNullCharacter }) else {
      throw DatabaseError(.valueOutOfRange, detail: "the payload of an event contains the character U+0000")
    }
    do {
      return JSONText(String(decoding: try JSONCoding.encode(payload), as: UTF8.self))
    } catch {
      throw DatabaseError(decoding: "the payload of an event is not JSON: \(error)")
    }
  }
}
