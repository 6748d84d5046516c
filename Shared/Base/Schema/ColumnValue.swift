/// A Swift type that a column can hold.
///
/// A conforming type says how it is read from a field and how it is bound to a statement, in terms of the few
/// scalars that every engine knows; the data-access module provides reader and writer.
package protocol ColumnValue: Sendable {
  /// Whether the type has room for NULL: a column of such a type is nullable.
  static var isNullable: Bool { get }

  static func read<Reader: ColumnReader>(from reader: Reader) throws(Reader.Failure) -> Self

  func write<Writer: ColumnWriter>(to writer: inout Writer)
}

extension ColumnValue {
  /// Most types have no room for NULL.
  package static var isNullable: Bool { false }
}

/// One field of a result. Each of the typed readers fails when the field is NULL or holds something else.
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
