import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import PostgresDriver

struct FieldBinaryTests {
  private func read<Value>(_ bytes: [UInt8], _ kind: FieldKind, _ body: (FieldBinary) -> Value?) -> Value? {
    bytes.withUnsafeBufferPointer { body(FieldBinary(bytes: $0, kind: kind)) }
  }

  @Test func `a field is readable as its own type only`() {
    let eight: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
    #expect(read(eight, .integer) { $0.integer } == 7)
    #expect(read(eight, .timestamp) { $0.integer } == nil)
    #expect(read(eight, .integer) { $0.timestamp } == nil)
    #expect(read(eight, .text) { $0.integer } == nil)
    #expect(read(eight, .integer) { $0.text } == nil)
    #expect(read([0xFF, 0xFF], .integer) { $0.integer } == -1)
    #expect(read([1, 2, 3], .integer) { $0.integer } == nil)
  }

  @Test func `infinite timestamps and dates are rejected`() {
    let last: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    let first: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0]
    #expect(read(last, .timestamp) { $0.timestamp } == nil)
    #expect(read(first, .timestamp) { $0.timestamp } == nil)
    #expect(read(Array(last.prefix(4)), .date) { $0.date } == nil)
    #expect(read(Array(first.prefix(4)), .date) { $0.date } == nil)
  }

  @Test func `a prepared statement returns the same values in text, at first, and in binary, later`()
    async throws
  {
    let query = PostgresFixture.read(
      """
      SELECT $1::int8, 32000::int2, -2000000000::int4, true, 'wall'::varchar, 'ab'::char(4), 0.25::float8, 1.5::float4,
      '\\x00ff'::bytea, '0001-01-01 00:00:00+00'::timestamptz, '9999-12-31 23:59:59.999999'::timestamp,
      '1969-12-31'::date, NULL::int8, 'users'::name
      """, [.integer(.min)])
    try await PostgresFixture.with { _, session in
      let (first, second) = (try await session.execute(query), try await session.execute(query))
      for column in 0..<14 {
        let (text, binary) = (try first.value(0, column), try second.value(0, column))
        #expect(text == binary, "column \(column)")
      }
      let (bigs, moments) = (try second.integer(0, 0), try second.timestamp(0, 10))
      #expect(bigs == .min)
      #expect(moments == Timestamp(rfc3339: "9999-12-31T23:59:59.999999Z"))
      #expect(throws: DatabaseError.self) { try second.integer(0, 9) }
    }
  }

  @Test func `a type without a supported binary form stays text`() async throws {
    let query = PostgresFixture.read("SELECT 12345678901234567890.5::numeric, 7::int8")
    try await PostgresFixture.with { _, session in
      for _ in 0..<3 {
        let rows = try await session.execute(query)
        let (number, integer) = (try rows.text(0, 0), try rows.integer(0, 1))
        #expect(number == "12345678901234567890.5")
        #expect(integer == 7)
      }
    }
  }
}
