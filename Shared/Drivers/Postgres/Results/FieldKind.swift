import CPostgres

/// What a column of a result is, as far as our values tell types apart.
///
/// The numbers are the object identifiers of PostgreSQL's built-in types; they are part of the protocol and never
/// change (`src/include/catalog/pg_type.dat`). Whatever is not listed is text, `numeric` too, which no binary number
/// can hold exactly.
enum FieldKind {
  case boolean
  case integer
  case double
  case bytes
  case timestamp
  case date
  case text

  init(typeOf column: Int, in result: ResultHandle) {
    switch PQftype(result.pointer, Int32(column)) {
    case 16: self = .boolean
    case 20, 21, 23, 26: self = .integer
    case 700, 701: self = .double
    case 17: self = .bytes
    case 1114, 1184: self = .timestamp
    case 1082: self = .date
    default: self = .text
    }
  }
}
