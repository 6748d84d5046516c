import DataAccess
import JSON
import Routing
import Schema

extension JSONValue {
  /// The document in a column. One that is not JSON makes its row unreadable: a list goes on without the row.
  package init<Owner: Table>(
    stored text: JSONText, in path: KeyPath<Owner, Column<Owner, JSONText>>
  ) throws(DatabaseError) {
    do throws(JSONError) {
      self = try JSONCoding.decode(JSONValue.self, from: Array(text.text.utf8))
    } catch {
      let (table, column) = (Owner.definition.name, Owner.shape[keyPath: path].name)
      throw DatabaseError(
        .decoding, detail: "\(table).\(column) is not JSON", row: UnreadableRow(table: table, column: column))
    }
  }

  /// Whether a string or a name contains U+0000, which no column stores.
  var containsNullCharacter: Bool {
    switch self {
    case .null, .bool, .integer, .double, .decimal: false
    case .string(let text): text.utf8.contains(0)
    case .array(let elements): elements.contains(where: \.containsNullCharacter)
    case .object(let members):
      members.contains { $0.name.utf8.contains(0) || $0.value.containsNullCharacter }
    }
  }
}

extension JSONText {
  /// The text of the value for a column; throws a 422 when it has more than `limit` bytes or contains U+0000.
  package init(_ value: JSONValue, limit: Int, field: String? = nil) throws {
    guard !value.containsNullCharacter else {
      throw Problem.unprocessable("a JSON value here cannot contain the character U+0000", field: field)
    }
    let bytes = try JSONCoding.encode(value)
    guard bytes.count <= limit else {
      throw Problem.unprocessable("a JSON value here may have at most \(limit) bytes", field: field)
    }
    self.init(String(decoding: bytes, as: UTF8.self))
  }
}
