import Schema

@testable import DataAccess

/// Rows in which every field is the number of its row, as a number or as text.
struct ScriptedRows: ResultSet {
  let rowCount: Int
  var affectedRows: Int { 1 }
  var columnNames: [String] { [] }

  func isNull(_ row: Int, _ column: Int) -> Bool { false }
  func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 { Int64(row) }
  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool { true }
  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double { Double(row) }
  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String { "\(row)" }
  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] { [] }
  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp {
    throw DatabaseError(decoding: "not a moment")
  }
  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate {
    throw DatabaseError(decoding: "not a day")
  }
  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue { .integer(Int64(row)) }
}
