import Schema
import Testing

@testable import DataAccess

/// The place at which the next page begins, where rows of a page cannot be read.
@Suite struct LastPlaceTests {
  /// Rows whose fields are their numbers, except in rows that cannot be read.
  private struct Rows: ResultSet {
    let rowCount: Int
    let unreadable: Set<Int>
    var affectedRows: Int { 0 }
    var columnNames: [String] { [] }

    func isNull(_ row: Int, _ column: Int) -> Bool { false }
    func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 { try number(row) }
    func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool { try number(row) > 0 }
    func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double { Double(try number(row)) }
    func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String { "\(try number(row))" }
    func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] { [] }
    func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp {
      Timestamp(microsecondsSinceEpoch: try number(row))
    }
    func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate {
      CalendarDate(daysSinceEpoch: Int32(try number(row)))
    }
    func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue { .integer(try number(row)) }

    private func number(_ row: Int) throws(DatabaseError) -> Int64 {
      if unreadable.contains(row) { throw DatabaseError(decoding: "row \(row)") }
      return Int64(row)
    }
  }

  private func place(unreadable: Set<Int>) throws(DatabaseError) -> PageKey {
    let page = try Events.select(\.type).keyed(after: nil, limit: 3, order: .by(\.occurredAt).then(\.id))
    return try page.lastPlace(in: Rows(rowCount: 4, unreadable: unreadable), rows: 3, keys: 2)
  }

  @Test func `the next page begins behind the last row whose place can be read`() throws {
    #expect(try place(unreadable: []) == PageKey([.integer(2), .integer(2)]))
    #expect(try place(unreadable: [2]) == PageKey([.integer(1), .integer(1)]))
    #expect(try place(unreadable: [1, 2]) == PageKey([.integer(0), .integer(0)]))
  }

  @Test func `a page without a readable place is an error, because the next page would be the same`() {
    let error = #expect(throws: DatabaseError.self) { try place(unreadable: [0, 1, 2]) }
    #expect(error?.kind == .decoding)
  }
}
