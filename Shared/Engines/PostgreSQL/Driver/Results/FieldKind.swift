import CPostgres

/// The kind of a result's column, as far as `DatabaseValue` distinguishes types.
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
  /// Everything else, read as the server's text: `numeric`, which no binary number can represent, `uuid`, arrays and
  /// the rest.
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

/// The form in which the driver requests a statement's rows.
///
/// The binary form costs the server a sixth to a quarter less, because it formats no digits and dates. It costs the
/// client less too. But only some types are readable in it, and a statement's types are known only after its first run.
enum ResultForm: Int32 {
  case text = 0
  case binary = 1
}
