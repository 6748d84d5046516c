import CMariaDB

/// The names and kinds of the columns of a result.
struct Columns: Sendable, Equatable {
  /// One column.
  struct Column: Sendable, Equatable {
    let name: String
    let kind: Kind
    let isUnsigned: Bool
    /// The declared width, which tells a boolean from a small number.
    let width: UInt
  }

  /// How the bytes of a field read.
  enum Kind: Sendable, Equatable {
    /// A whole number of this many bytes.
    case integer(bytes: Int)
    case double(bytes: Int)
    /// Text of a decimal number.
    case decimal
    case text, bytes
    /// A day, or a time on a day.
    case date, time
    case other
    /// Packed fields of their own length that this driver does not read.
    case packed
  }

  let all: [Column]

  init(_ all: [Column]) {
    self.all = all
  }

  /// The columns of the statement's present result.
  init(of statement: UnsafeMutablePointer<MYSQL_STMT>) {
    let fields = statement.pointee.fields
    all = (0..<Int(mysql_stmt_field_count(statement))).compactMap { index in
      fields.map { Column($0[index]) }
    }
  }
}

extension Columns.Column {
  /// The number of the character set that stands for bytes.
  private static let binary: UInt32 = 63

  init(_ field: MYSQL_FIELD) {
    name = field.name.map { String(cString: $0) } ?? ""
    isUnsigned = field.flags & UInt32(UNSIGNED_FLAG) != 0
    width = field.length
    kind =
      switch field.type {
      case MYSQL_TYPE_TINY: .integer(bytes: 1)
      case MYSQL_TYPE_SHORT, MYSQL_TYPE_YEAR: .integer(bytes: 2)
      case MYSQL_TYPE_LONG, MYSQL_TYPE_INT24: .integer(bytes: 4)
      case MYSQL_TYPE_LONGLONG: .integer(bytes: 8)
      case MYSQL_TYPE_FLOAT: .double(bytes: 4)
      case MYSQL_TYPE_DOUBLE: .double(bytes: 8)
      case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: .decimal
      case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE: .date
      case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP: .time
      case MYSQL_TYPE_TIME: .packed
      case MYSQL_TYPE_BIT, MYSQL_TYPE_GEOMETRY, MYSQL_TYPE_NULL: .other
      default: field.charsetnr == Self.binary ? .bytes : .text
      }
  }

  /// Whether the column was declared as a boolean: a number of one digit.
  var isBoolean: Bool { kind == .integer(bytes: 1) && width == 1 }
}
