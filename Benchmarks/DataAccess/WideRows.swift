import Schema

/// The table of this benchmark: a key and 39 columns of four types, in turn. `Benchmarks/bench.py` creates it.
struct WideRows: Table {
  let id = Column<Self, Int64>.identity
  let text1 = Column<Self, String>("text1", .text)
  let number1 = Column<Self, Int64>("number1", .bigint)
  let flag1 = Column<Self, Bool>("flag1", .boolean)
  let time1 = Column<Self, Timestamp>("time1", .timestamp)
  let text2 = Column<Self, String>("text2", .text)
  let number2 = Column<Self, Int64>("number2", .bigint)
  let flag2 = Column<Self, Bool>("flag2", .boolean)
  let time2 = Column<Self, Timestamp>("time2", .timestamp)
  let text3 = Column<Self, String>("text3", .text)
  let number3 = Column<Self, Int64>("number3", .bigint)
  let flag3 = Column<Self, Bool>("flag3", .boolean)
  let time3 = Column<Self, Timestamp>("time3", .timestamp)
  let text4 = Column<Self, String>("text4", .text)
  let number4 = Column<Self, Int64>("number4", .bigint)
  let flag4 = Column<Self, Bool>("flag4", .boolean)
  let time4 = Column<Self, Timestamp>("time4", .timestamp)
  let text5 = Column<Self, String>("text5", .text)
  let number5 = Column<Self, Int64>("number5", .bigint)
  let flag5 = Column<Self, Bool>("flag5", .boolean)
  let time5 = Column<Self, Timestamp>("time5", .timestamp)
  let text6 = Column<Self, String>("text6", .text)
  let number6 = Column<Self, Int64>("number6", .bigint)
  let flag6 = Column<Self, Bool>("flag6", .boolean)
  let time6 = Column<Self, Timestamp>("time6", .timestamp)
  let text7 = Column<Self, String>("text7", .text)
  let number7 = Column<Self, Int64>("number7", .bigint)
  let flag7 = Column<Self, Bool>("flag7", .boolean)
  let time7 = Column<Self, Timestamp>("time7", .timestamp)
  let text8 = Column<Self, String>("text8", .text)
  let number8 = Column<Self, Int64>("number8", .bigint)
  let flag8 = Column<Self, Bool>("flag8", .boolean)
  let time8 = Column<Self, Timestamp>("time8", .timestamp)
  let text9 = Column<Self, String>("text9", .text)
  let number9 = Column<Self, Int64>("number9", .bigint)
  let flag9 = Column<Self, Bool>("flag9", .boolean)
  let time9 = Column<Self, Timestamp>("time9", .timestamp)
  let text10 = Column<Self, String>("text10", .text)
  let number10 = Column<Self, Int64>("number10", .bigint)
  let flag10 = Column<Self, Bool>("flag10", .boolean)

  static let shape = WideRows()

  /// The columns are not listed: no program creates the table from this definition.
  static let definition = TableDefinition(name: "wide_rows", owner: nil, columns: [])

  /// The key and nine more columns.
  static let narrow = select(
    \.id, \.text1, \.number1, \.flag1, \.time1, \.text2, \.number2, \.flag2, \.time2, \.text3)

  /// All 40 columns.
  static let wide = select(
    \.id, \.text1, \.number1, \.flag1, \.time1, \.text2, \.number2, \.flag2, \.time2, \.text3, \.number3,
    \.flag3, \.time3, \.text4, \.number4, \.flag4, \.time4, \.text5, \.number5, \.flag5, \.time5, \.text6,
    \.number6, \.flag6, \.time6, \.text7, \.number7, \.flag7, \.time7, \.text8, \.number8, \.flag8, \.time8,
    \.text9, \.number9, \.flag9, \.time9, \.text10, \.number10, \.flag10)
}
