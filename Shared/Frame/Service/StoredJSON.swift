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

  /// Why no column takes the value; nil where one does.
  var storageFault: StorageFault? { storageFault(within: JSONText.maximumDepth) }

  private func storageFault(within levels: Int) -> StorageFault? {
    switch self {
    case .null, .bool, .integer, .double, .decimal: return nil
    case .string(let text): return text.utf8.contains(0) ? .nullCharacter : nil
    case .array(let elements):
      guard levels > 0 else { return .tooDeep }
      for element in elements {
        if let fault = element.storageFault(within: levels - 1) { return fault }
      }
    case .object(let members):
      guard levels > 0 else { return .tooDeep }
      for member in members {
        if member.name.utf8.contains(0) { return .nullCharacter }
        if let fault = member.value.storageFault(within: levels - 1) { return fault }
      }
    }
    return nil
  }
}

/// Why a value cannot be stored so that every reader gets it.
enum StorageFault: Sendable, Hashable {
  /// A string or a name contains U+0000.
  case nullCharacter
  /// The value is nested more than ``JSONText/maximumDepth`` levels deep.
  case tooDeep

  /// What is wrong with it, as the end of a sentence about the value.
  var reason: String {
    switch self {
    case .nullCharacter: "cannot contain the character U+0000"
    case .tooDeep: "may be nested at most \(JSONText.maximumDepth) levels deep"
    }
  }
}

extension JSONText {
  /// The levels that answers add around a stored value: a page, its list of items, and the item. The body of a delivery
  /// adds fewer.
  static let levelsOfAnswers = 3
  /// The deepest nesting of a stored value. Every client that reads `JSONCoding.maximumDepth` levels can read each answer
  /// with it, as our own programs do.
  package static let maximumDepth = JSONCoding.maximumDepth - levelsOfAnswers

  /// The text of the value for a column; throws a 422 when it has more than `limit` bytes, contains U+0000 or is nested
  /// deeper than ``maximumDepth``.
  package init(_ value: JSONValue, limit: Int, field: String? = nil) throws {
    if let fault = value.storageFault {
      throw Problem.unprocessable("a JSON value here \(fault.reason)", field: field)
    }
    let bytes = try JSONCoding.encode(value)
    guard bytes.count <= limit else {
      throw Problem.unprocessable("a JSON value here may have at most \(limit) bytes", field: field)
    }
    self.init(String(decoding: bytes, as: UTF8.self))
  }
}
