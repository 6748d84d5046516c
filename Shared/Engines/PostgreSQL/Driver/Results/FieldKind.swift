import CPostgres

/// What a column of a result is, as far as our values tell types apart.
///
/// The numbers are the object identifiers of PostgreSQL's built-in types; they are part of the protocol and never
/// change (`src/include/catalog/pg_type.dat`).
enum FieldKind {
  case boolean
  case integer
  case double
  case bytes
  case timestamp
  case date
  /// Text, whose binary form is its bytes.
  case text
  /// Everything else, read as the text that the server writes: `numeric`, which no binary number can hold, `uuid`,
  /// arrays and the rest.
  case other

  init(_ type: Oid) {
    switch type {
    case 16: self = .boolean
    case 20, 21, 23, 26: self = .integer
    case 700, 701: self = .double
    case 17: self = .bytes
    case 1114, 1184: self = .timestamp
    case 1082: self = .date
    case 25, 1042, 1043, 19, 114: self = .text
    default: self = .other
    }
  }
}

/// In which form the server is asked for a statement's rows.
///
/// Binary costs the server a sixth to a quarter less (no digits and dates to write) and the client less too, but only
/// some types can be read in it, and a statement's types are known when it has run once.
enum ResultForm: Int32 {
  case text = 0
  case binary = 1
}
