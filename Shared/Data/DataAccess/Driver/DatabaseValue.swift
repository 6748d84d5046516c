import Schema

/// A value for a statement or from a result, in the terms of every engine.
package enum DatabaseValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case timestamp(Timestamp)
  case date(CalendarDate)

  /// The value that is bound to a statement.
  package init(_ value: some ColumnValue) {
    var writer = Writer()
    value.write(to: &writer)
    self = writer.value
  }

  private struct Writer: ColumnWriter {
    var value = DatabaseValue.null

    mutating func null() { value = .null }
    mutating func integer(_ integer: Int64) { value = .integer(integer) }
    mutating func boolean(_ boolean: Bool) { value = .boolean(boolean) }
    mutating func double(_ double: Double) { value = .double(double) }
    mutating func text(_ text: String) { value = .text(text) }
    mutating func bytes(_ bytes: [UInt8]) { value = .bytes(bytes) }
    mutating func timestamp(_ timestamp: Timestamp) { value = .timestamp(timestamp) }
    mutating func date(_ date: CalendarDate) { value = .date(date) }
  }
}
