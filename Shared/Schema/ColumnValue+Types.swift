extension Int64: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Int64 {
    try reader.integer()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.integer(self) }
}

extension Int: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Int {
    Int(try reader.integer())
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.integer(Int64(self)) }
}

extension Bool: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Bool {
    try reader.boolean()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.boolean(self) }
}

extension Double: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Double {
    try reader.double()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.double(self) }
}

extension String: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> String {
    try reader.text()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.text(self) }
}

extension [UInt8]: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> [UInt8] {
    try reader.bytes()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.bytes(self) }
}

extension Timestamp: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Timestamp {
    try reader.timestamp()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.timestamp(self) }
}

extension CalendarDate: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> CalendarDate {
    try reader.date()
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.date(self) }
}

extension JSONText: ColumnValue {
  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> JSONText {
    JSONText(try reader.text())
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) { writer.text(text) }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  public static var isNullable: Bool { true }

  public static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Wrapped? {
    reader.isNull ? nil : try Wrapped.read(from: reader)
  }

  public func write<Writer: ColumnWriter>(to writer: inout Writer) {
    switch self {
    case .none: writer.null()
    case .some(let value): value.write(to: &writer)
    }
  }
}
