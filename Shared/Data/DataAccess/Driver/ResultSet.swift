import Schema

/// Rows as the driver received them. A reader converts its field when it is called, not before.
///
/// Rows and columns count from zero. The typed readers throw ``DatabaseError/Kind/decoding`` when the field is NULL or
/// has another type. An index out of range is a programming error.
package protocol ResultSet: Sendable {
  var rowCount: Int { get }
  /// The number of rows that an insert, update or delete changed.
  var affectedRows: Int { get }
  /// The identity of the inserted row, where the engine returns it beside the result.
  var insertedID: Int64? { get }
  var columnNames: [String] { get }

  func isNull(_ row: Int, _ column: Int) -> Bool
  func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64
  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool
  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double
  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String
  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8]
  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp
  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate
  /// The field in the engine's own type, for statements with unknown columns.
  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue
  /// Reads the fields of a row at once, as far as that costs less than a call for each.
  func readAhead(_ row: Int, into fields: UnsafeMutableBufferPointer<FieldAhead>)
}

/// A field that was read with its whole row, for a reader that wants the value in this form.
package enum FieldAhead: BitwiseCopyable {
  /// NULL, or a field that a typed reader must read.
  case unread
  case integer(Int64)
  case boolean(Bool)
  /// Microseconds since 1970, of a time that a timestamp can represent.
  case timestamp(Int64)
  /// UTF-8 that stays in its place while the result does.
  case text(UnsafeBufferPointer<UInt8>)
}

extension ResultSet {
  /// Most engines return it by `RETURNING` only.
  package var insertedID: Int64? { nil }

  /// Nothing: the typed readers read each field.
  package func readAhead(_ row: Int, into fields: UnsafeMutableBufferPointer<FieldAhead>) {}

  /// The index of the column with that name, or nil.
  package func column(named name: String) -> Int? {
    columnNames.firstIndex(of: name)
  }
}
