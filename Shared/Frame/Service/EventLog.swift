import Cryptography
import DataAccess
import JSON
import Schema

/// The append-only event log, and the audit log beside it. One account writes rows under its own name only.
///
/// ``append(_:subject:by:payload:object:action:at:in:)`` takes a transaction: an event is written together with the
/// change that it records, or not at all. The same call adds the row of the audit log, so that no change has one alone.
package struct EventLog: Sendable {
  /// The value of `source` in both tables; the database refuses any other value from this account.
  package let source: String
  /// The database account, for the audit log.
  private let account: String

  /// A log of this service, which connects as `account`.
  package init(source: String, account: String) {
    self.source = source
    self.account = account
  }

  /// The log of a service, with the account that it connects with.
  package init(source: String, on resources: LoopResources) {
    self.init(source: source, account: resources.configuration.database.configuration.user)
  }

  /// The subject of an event.
  package enum Subject: Sendable {
    case id(Int64)
    /// A name, such as that of a channel at its platform.
    case name(String)

    /// The size of `events.subject` in Unicode scalars, which the engines count.
    static let maximumScalars = 64
    /// The hexadecimal digits of SHA-256 in the text of a longer name.
    private static let digestDigits = 32

    /// Whether the text is the whole name.
    package var isWhole: Bool {
      switch self {
      case .id: true
      case .name(let name): name.unicodeScalars.count <= Self.maximumScalars
      }
    }

    /// The text of the column. A name that does not fit has its beginning, `~` and a digest of the whole name: two names
    /// have two texts.
    package var text: String {
      switch self {
      case .id(let id): return String(id)
      case .name(let name):
        if isWhole { return name }
        let beginning = EventLog.cut(name, to: Self.maximumScalars - Self.digestDigits - 1)
        return "\(beginning)~\(SHA256.hex(name).prefix(Self.digestDigits))"
      }
    }
  }

  /// Adds one event, and one row of the audit log, to the open transaction. It returns nothing, because an account that
  /// may only insert cannot read. Both are sent together with the next statement or the commit, which reports their
  /// failure.
  /// - Parameters:
  ///   - payload: Names of what was changed, and numbers; never values that a person entered. `fields` are those of the
  ///     audit log too.
  ///   - object: What was changed, for the audit log: its kind and its id. By default the subject.
  ///   - action: What was done, for the audit log. By default the event's type.
  package func append(
    _ type: String, subject: Subject, by author: EventAuthor = .service, payload: [String: JSONValue] = [:],
    object: String? = nil, action: String? = nil, at moment: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    let payload = payload.merging(author.payload) { own, _ in own }
    try await insert(type, subject, Self.document(payload), at: moment, in: transaction)
    let kind = type.prefix { $0 != "." }
    try await transaction.gather(
      AuditLog.insert(
        \.source <- source, \.account <- Self.cut(account, to: 64), \.actorID <- author.userID,
        \.actorRole <- author.role?.rawValue, \.address <- author.address.map { Self.cut($0, to: 64) },
        \.requestID <- author.requestID.map { Self.cut($0, to: 128) }, \.action <- action ?? type,
        \.object <- Self.cut(object ?? "\(kind)/\(subject.text)", to: 128),
        \.fields <- Self.fields(of: payload), \.occurredAt <- moment))
  }

  /// Adds one event that a stranger reports, and that is no change by a user of this fleet. The audit log has none of
  /// them. Its payload is text, because no dictionary holds all names that a stranger may choose.
  package func relay(
    _ type: String, subject: Subject, payload: JSONText, at moment: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    try await insert(type, subject, payload, at: moment, in: transaction)
  }

  private func insert(
    _ type: String, _ subject: Subject, _ payload: JSONText, at moment: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    try await transaction.gather(
      Events.insert(
        \.type <- type, \.source <- source, \.subject <- subject.text, \.payload <- payload,
        \.occurredAt <- moment))
  }

  private static func fields(of payload: [String: JSONValue]) -> JSONText {
    guard let fields = payload["fields"], let bytes = try? JSONCoding.encode(fields) else {
      return JSONText("[]")
    }
    return JSONText(String(decoding: bytes, as: UTF8.self))
  }

  fileprivate static func cut(_ text: String, to scalars: Int) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalars)))
  }

  static func document(_ payload: [String: JSONValue]) throws(DatabaseError) -> JSONText {
    if payload.isEmpty { return .emptyObject }
    let value = JSONValue.object(payload.map { .init($0.key, $0.value) })
    if let fault = value.storageFault {
      throw DatabaseError(.valueOutOfRange, detail: "the payload of an event \(fault.reason)")
    }
    do {
      return JSONText(String(decoding: try JSONCoding.encode(value), as: UTF8.self))
    } catch {
      throw DatabaseError(decoding: "the payload of an event is not JSON: \(error)")
    }
  }
}
