/// A Swift type that a column can hold.
///
/// A conforming type defines how it is read from a field and bound to a statement. It uses only scalars that every
/// engine supports; the data-access module provides the reader and the writer.
package protocol ColumnValue: Sendable {
  /// Whether the type can represent NULL. A column of such a type is nullable.
  static var isNullable: Bool { get }

  static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Self

  func write<Writer: ColumnWriter>(to writer: inout Writer)
}

extension ColumnValue {
  /// False: most types cannot represent NULL.
  package static var isNullable: Bool { false }
}

/// One field of a result. Each typed method throws when the field is NULL or has another type.
package protocol ColumnReader {
  associatedtype Failure: Error

  var isNull: Bool { get }
  func integer() throws(Failure) -> Int64
  func boolean() throws(Failure) -> Bool
  func double() throws(Failure) -> Double
  func text() throws(Failure) -> String
  func bytes() throws(Failure) -> [UInt8]
  func timestamp() throws(Failure) -> Timestamp
  func date() throws(Failure) -> CalendarDate
}

/// One bound value of a statement.
package protocol ColumnWriter {
  mutating func null()
  mutating func integer(_ value: Int64)
  mutating func boolean(_ value: Bool)
  mutating func double(_ value: Double)
  mutating func text(_ value: String)
  mutating func bytes(_ value: [UInt8])
  mutating func timestamp(_ value: Timestamp)
  mutating func date(_ value: CalendarDate)
}
