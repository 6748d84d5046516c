import DataAccess
import Schema

/// A table with a column of every type of the schema, so that one test body can try them all.
struct Samples: Table {
  let id = Column<Self, Int64>.identity
  let label = Column<Self, String>("label", .varchar(200))
  let big = Column<Self, Int64?>("big", .bigint)
  let small = Column<Self, Int?>("small", .integer)
  let flag = Column<Self, Bool>("flag", .boolean, default: .boolean(true))
  let note = Column<Self, String?>("note", .text)
  let code = Column<Self, String?>("code", .char(4))
  let document = Column<Self, JSONText?>("document", .json)
  let moment = Column<Self, Timestamp?>("moment", .timestamp)
  let day = Column<Self, CalendarDate?>("day", .date)

  static let shape = Samples()

  static let definition = TableDefinition(
    name: "samples", owner: "tests",
    columns: [
      shape.id.definition, shape.label.definition, shape.big.definition, shape.small.definition,
      shape.flag.definition, shape.note.definition, shape.code.definition, shape.document.definition,
      shape.moment.definition, shape.day.definition,
    ],
    uniqueKeys: [["label"]])

  /// The statement that creates the table in a dialect.
  static func createTable(in dialect: Dialect) -> String {
    let columns = definition.columns.map { column in
      if column.isIdentity { return "id \(dialect.types.identity)" }
      let null = column.isNullable ? "" : " NOT NULL"
      let standard = column.defaultValue == nil ? "" : " DEFAULT \(dialect.trueLiteral)"
      return "\(column.name) \(dialect.types[column.type])\(standard)\(null)"
    }
    return "CREATE TABLE samples (\(columns.joined(separator: ", ")), UNIQUE (label))"
  }
}
