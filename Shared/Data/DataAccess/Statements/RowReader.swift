import Schema

/// A statement whose rows a ``RowReader`` reads.
protocol ReadableStatement: Statement {
  /// The table and the column, or what is computed in its place, for errors.
  func place(of index: Int) -> String
}

/// Reads one row field by field; an error names the table and the column of the unreadable field.
struct RowReader<Body: ReadableStatement> {
  fileprivate let field: FieldReader
  private let body: Body
  private let first: Int
  private(set) var column = 0

  /// The statement's columns begin at the column `first` of the result.
  init(_ result: any ResultSet, row: Int, of body: Body, from first: Int = 0) {
    self.init(FieldReader(result, row: row), of: body, from: first)
  }

  /// Reads the row of `field`.
  init(_ field: FieldReader, of body: Body, from first: Int = 0) {
    self.field = field
    self.body = body
    self.first = first
  }

  /// Goes to the beginning of another row of the same result.
  mutating func move(toRow row: Int) {
    field.move(toRow: row)
    column = 0
  }

  mutating func next<Value: ColumnValue>() throws(DatabaseError) -> Value {
    field.column = first &+ column
    do {
      let value: Value = try field.value()
      column += 1
      return value
    } catch {
      throw named(error)
    }
  }

  private func named(_ error: DatabaseError) -> DatabaseError {
    let problem = error.detail.map { ": \($0)" } ?? ""
    return DatabaseError(
      error.kind, nativeCode: error.nativeCode, operation: body.operation.description,
      detail: "\(body.place(of: column))\(problem)")
  }
}

/// One field of a result. An object moves from field to field, so that reading a value copies nothing.
final class FieldReader: ColumnReader {
  let result: any ResultSet
  private(set) var row: Int
  fileprivate var column = 0
  /// The fields of the row that were read with it; empty for a reader of one row.
  private let ahead: UnsafeMutableBufferPointer<FieldAhead>

  /// Reads a row; with `columns`, one row after the other, and that many of its fields at once.
  init(_ result: any ResultSet, row: Int, readingAhead columns: Int = 0) {
    self.result = result
    self.row = row
    ahead = .allocate(capacity: columns)
    ahead.initialize(repeating: .unread)
  }

  deinit { ahead.deallocate() }

  fileprivate func move(toRow row: Int) {
    self.row = row
    result.readAhead(row, into: ahead)
  }

  /// The field as a value of any type. The usual types skip `ColumnValue` and ``ColumnReader``, which are two calls
  /// through tables of functions for each field, because the type is known only at run time.
  @inline(__always)
  fileprivate func value<Value: ColumnValue>() throws(DatabaseError) -> Value {
    let field = column < ahead.count ? ahead[column] : .unread
    if Value.self == Int64.self {
      if case .integer(let value) = field { return unsafeBitCast(value, to: Value.self) }
      return unsafeBitCast(try integer(), to: Value.self)
    }
    if Value.self == String.self {
      if case .text(let bytes) = field {
        return unsafeBitCast(String(decoding: bytes, as: UTF8.self), to: Value.self)
      }
      return unsafeBitCast(try text(), to: Value.self)
    }
    if Value.self == Bool.self {
      if case .boolean(let value) = field { return unsafeBitCast(value, to: Value.self) }
      return unsafeBitCast(try boolean(), to: Value.self)
    }
    if Value.self == Timestamp.self {
      if case .timestamp(let count) = field {
        return unsafeBitCast(Timestamp(microsecondsSinceEpoch: count), to: Value.self)
      }
      return unsafeBitCast(try timestamp(), to: Value.self)
    }
    return try Value.read(from: self)
  }

  var isNull: Bool { result.isNull(row, column) }
  func integer() throws(DatabaseError) -> Int64 { try result.integer(row, column) }
  func boolean() throws(DatabaseError) -> Bool { try result.boolean(row, column) }
  func double() throws(DatabaseError) -> Double { try result.double(row, column) }
  func text() throws(DatabaseError) -> String { try result.text(row, column) }
  func bytes() throws(DatabaseError) -> [UInt8] { try result.bytes(row, column) }
  func timestamp() throws(DatabaseError) -> Timestamp { try result.timestamp(row, column) }
  func date() throws(DatabaseError) -> CalendarDate { try result.date(row, column) }
}

extension Select {
  /// The values of one row, handed to `make`. An error of a single row carries the row.
  func read<Item>(
    _ result: any ResultSet, _ row: Int, as make: (repeat each Value) throws(DatabaseError) -> Item
  ) throws(DatabaseError) -> Item {
    var reader = RowReader(result, row: row, of: body)
    return try read(&reader, as: make)
  }

  private func read<Item>(
    _ reader: inout RowReader<SelectBody>, as make: (repeat each Value) throws(DatabaseError) -> Item
  ) throws(DatabaseError) -> Item {
    do throws(DatabaseError) {
      return try make(repeat try reader.next() as each Value)
    } catch {
      throw unreadable(error, reader.field.result, reader.field.row, column: reader.column)
    }
  }

  /// The values of all rows. With `unreadable`, a row that cannot be read is reported there and left out.
  func readAll<Item>(
    _ result: any ResultSet, reporting unreadable: UnreadableRows?,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) throws(DatabaseError) -> [Item] {
    try readRows(0..<result.rowCount, of: result, reporting: unreadable, as: make)
  }

  func readRows<Item>(
    _ rows: Range<Int>, of result: any ResultSet, reporting unreadable: UnreadableRows?,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) throws(DatabaseError) -> [Item] {
    var items: [Item] = []
    items.reserveCapacity(rows.count)
    // One for all rows, because it holds a copy of the statement.
    let field = FieldReader(result, row: 0, readingAhead: body.columns.count)
    var reader = RowReader(field, of: body)
    for row in rows {
      reader.move(toRow: row)
      do throws(DatabaseError) {
        items.append(try read(&reader, as: make))
      } catch {
        guard let place = error.row, let unreadable else { throw error }
        unreadable.report(place)
      }
    }
    return items
  }

  private func unreadable(
    _ error: DatabaseError, _ result: any ResultSet, _ row: Int, column: Int
  ) -> DatabaseError {
    guard error.kind == .decoding else { return error }
    let name = error.row?.column ?? (body.columns.indices.contains(column) ? body.columns[column].name : nil)
    let key = Owner.definition.identity.flatMap { identity in
      body.columns.firstIndex { $0.name == identity.name }
    }
    let place = UnreadableRow(
      table: body.table.name, id: key.flatMap { try? result.integer(row, $0) }, column: name)
    return DatabaseError(
      .decoding, nativeCode: error.nativeCode, operation: body.operation.description, detail: error.detail,
      row: place)
  }
}
