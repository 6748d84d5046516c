extension Int64: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Int64 {
    try reader.integer()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.integer(self) }
}

extension Int: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Int {
    Int(try reader.integer())
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.integer(Int64(self)) }
}

extension Bool: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Bool {
    try reader.boolean()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.boolean(self) }
}

extension Double: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Double {
    try reader.double()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.double(self) }
}

extension String: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> String {
    try reader.text()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.text(self) }
}

extension [UInt8]: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> [UInt8] {
    try reader.bytes()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.bytes(self) }
}

extension Timestamp: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Timestamp {
    try reader.timestamp()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.timestamp(self) }
}

extension CalendarDate: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> CalendarDate {
    try reader.date()
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.date(self) }
}

extension JSONText: ColumnValue {
  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> JSONText {
    JSONText(try reader.text())
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.text(text) }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  package static var isNullable: Bool { true }

  package static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Wrapped? {
    reader.isNull ? nil : try Wrapped.read(from: reader)
  }

  package func write<Writer: ColumnWriter>(to writer: inout Writer) {
    switch self {
    case .none: writer.null()
    case .some(let value): value.write(to: &writer)
    }
  }
}
