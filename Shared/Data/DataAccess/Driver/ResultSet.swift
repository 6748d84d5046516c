import Schema

/// Rows as the driver received them; fields are converted when they are asked for, not before.
///
/// Rows and columns count from zero. The typed readers fail with ``DatabaseError/Kind/decoding`` when the field is
/// NULL or holds something else; an index that does not exist is a programming error.
package protocol ResultSet: Sendable {
  var rowCount: Int { get }
  /// How many rows an insert, update or delete changed.
  var affectedRows: Int { get }
  /// The identity of the row just inserted, where the engine tells it beside the result.
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
  /// The field as the engine typed it, for statements whose shape is not known here.
  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue
}

extension ResultSet {
  /// Most engines answer it by `RETURNING` alone.
  package var insertedID: Int64? { nil }

  /// The number of the column of that name, or nil when the result has none.
  package func column(named name: String) -> Int? {
    columnNames.firstIndex(of: name)
  }
}
