import CPostgres
import Schema

/// One field of a result that is not NULL, in the form that the server has sent.
enum Field {
  case text(FieldText)
  case binary(FieldBinary)

  /// How the server has sent the fields of one column.
  enum Form {
    case text
    case binary(FieldKind)

    init(of result: OpaquePointer, _ column: Int32) {
      self =
        PQfformat(result, column) == ResultForm.binary.rawValue
        ? .binary(FieldKind(PQftype(result, column))) : .text
    }
  }

  /// The field of a result; nil when it is NULL. Its bytes are valid while the result is.
  @inline(__always)
  init?(of result: OpaquePointer, _ row: Int32, _ column: Int32, _ form: Form) {
    let count = PQgetlength(result, row, column)
    // The length of NULL is 0 too.
    guard count > 0 || PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column)
    else { return nil }
    let bytes = UnsafeBufferPointer(
      start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: Int(count))
    switch form {
    case .text: self = .text(FieldText(bytes: bytes))
    case .binary(let kind): self = .binary(FieldBinary(bytes: bytes, kind: kind))
    }
  }

  var boolean: Bool? {
    switch self {
    case .text(let field): field.boolean
    case .binary(let field): field.boolean
    }
  }

  var integer: Int64? {
    switch self {
    case .text(let field): field.integer
    case .binary(let field): field.integer
    }
  }

  var double: Double? {
    switch self {
    case .text(let field): field.double
    case .binary(let field): field.double
    }
  }

  var text: String? {
    switch self {
    case .text(let field): field.text
    case .binary(let field): field.text
    }
  }

  var bytea: [UInt8]? {
    switch self {
    case .text(let field): field.bytea
    case .binary(let field): field.bytea
    }
  }

  var timestamp: Timestamp? {
    switch self {
    case .text(let field): field.timestamp
    case .binary(let field): field.timestamp
    }
  }

  var date: CalendarDate? {
    switch self {
    case .text(let field): field.date
    case .binary(let field): field.date
    }
  }
}
