import Schema

/// One field of a result that is not NULL, in the form that the server has sent.
enum Field {
  case text(FieldText)
  case binary(FieldBinary)

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
