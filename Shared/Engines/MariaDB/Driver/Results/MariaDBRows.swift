import CMariaDB
import DataAccess
import Schema

/// Rows in the server's binary format, copied from libmariadb.
final class MariaDBRows: ResultSet {
  private struct Cell {
    let start: Int
    /// Negative for NULL.
    let count: Int
  }

  let rowCount: Int
  let affectedRows: Int
  let insertedID: Int64?
  private let columns: Columns
  private let bytes: [UInt8]
  private let cells: [Cell]

  /// A result without rows.
  init(affectedRows: Int = 0, insertedID: Int64? = nil) {
    self.affectedRows = affectedRows
    self.insertedID = insertedID
    (rowCount, columns, bytes, cells) = (0, Columns([]), [], [])
  }

  /// Copies the rows of a list.
  init(_ first: UnsafeMutablePointer<MYSQL_ROWS>?, columns: Columns) {
    var (bytes, cells, count) = ([UInt8](), [Cell](), 0)
    var next = first
    while let row = next {
      if let data = row.pointee.data {
        let packet = UnsafeRawBufferPointer(start: data, count: Int(row.pointee.length))
        Self.append(packet, columns, at: bytes.count, to: &cells)
        bytes.append(contentsOf: packet)
        count += 1
      }
      next = row.pointee.next
    }
    (rowCount, affectedRows, insertedID) = (count, count, nil)
    (self.columns, self.bytes, self.cells) = (columns, bytes, cells)
  }

  /// Finds the fields of one row: a zero, a bitmap of the NULLs that begins at its third bit, and the other values.
  /// https://mariadb.com/kb/en/resultset-row/
  private static func append(
    _ packet: UnsafeRawBufferPointer, _ columns: Columns, at base: Int, to cells: inout [Cell]
  ) {
    var place = 1 + (columns.all.count + 9) / 8
    for (index, column) in columns.all.enumerated() {
      guard !hasNull(index, in: packet), let (start, count) = extent(of: column.kind, at: place, in: packet),
        start + count <= packet.count
      else {
        cells.append(Cell(start: base, count: -1))
        continue
      }
      cells.append(Cell(start: base + start, count: count))
      place = start + count
    }
  }

  private static func hasNull(_ column: Int, in packet: UnsafeRawBufferPointer) -> Bool {
    let bit = column + 2
    let place = 1 + bit / 8
    guard place < packet.count else { return true }
    let mask: UInt8 = 1 << UInt8(bit % 8)
    return packet[place] & mask != 0
  }

  private static func extent(
    of kind: Columns.Kind, at place: Int, in packet: UnsafeRawBufferPointer
  ) -> (start: Int, count: Int)? {
    switch kind {
    case .integer(let count), .double(let count): return (place, count)
    case .date, .time, .packed:
      guard place < packet.count else { return nil }
      return (place + 1, Int(packet[place]))
    case .decimal, .text, .bytes, .other:
      guard place < packet.count else { return nil }
      let size =
        switch packet[place] {
        case 0xfc: 2
        case 0xfd: 3
        case 0xfe: 8
        default: 0
        }
      guard size > 0 else { return (place + 1, Int(packet[place])) }
      guard place + size < packet.count else { return nil }
      var length = 0
      for offset in (1...size).reversed() { length = length << 8 | Int(packet[place + offset]) }
      return (place + 1 + size, length)
    }
  }

  var columnNames: [String] { columns.all.map(\.name) }

  func isNull(_ row: Int, _ column: Int) -> Bool { cell(row, column).count < 0 }

  func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 {
    try read(row, column, as: "an integer") { $0.integer }
  }

  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool {
    try read(row, column, as: "a boolean") { $0.boolean }
  }

  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double {
    try read(row, column, as: "a number") { $0.double }
  }

  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String {
    try read(row, column, as: "text") { $0.text }
  }

  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] {
    try read(row, column, as: "bytes") { $0.binary }
  }

  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp {
    try read(row, column, as: "a time of the years 1 to 9999") { $0.timestamp }
  }

  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate {
    try read(row, column, as: "a date of the years 1 to 9999") { $0.date }
  }

  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue {
    if isNull(row, column) { return .null }
    let definition = columns.all[column]
    switch definition.kind {
    case .integer where definition.isBoolean: return .boolean(try boolean(row, column))
    case .integer: return .integer(try integer(row, column))
    case .double: return .double(try double(row, column))
    case .bytes: return .bytes(try bytes(row, column))
    case .time: return .timestamp(try timestamp(row, column))
    case .date: return .date(try date(row, column))
    case .text, .decimal, .other, .packed: return .text(try text(row, column))
    }
  }

  private func cell(_ row: Int, _ column: Int) -> Cell {
    precondition(row >= 0 && row < rowCount && column >= 0 && column < columns.all.count, "no such field")
    return cells[row * columns.all.count + column]
  }

  @inline(__always)
  private func read<Value>(
    _ row: Int, _ column: Int, as type: String, _ convert: (Field) -> Value?
  ) throws(DatabaseError) -> Value {
    let cell = cell(row, column)
    let definition = columns.all[column]
    guard cell.count >= 0 else { throw unreadable(definition, "is NULL, which is not \(type)") }
    let value = bytes.withUnsafeBufferPointer { all in
      convert(
        Field(
          bytes: UnsafeBufferPointer(rebasing: all[cell.start..<cell.start + cell.count]), column: definition)
      )
    }
    guard let value else { throw unreadable(definition, "is not \(type)") }
    return value
  }

  /// Names the column and no value, because the error's text must be safe to show to any client.
  private func unreadable(_ column: Columns.Column, _ problem: String) -> DatabaseError {
    DatabaseError(decoding: "column \(column.name) \(problem)")
  }
}
