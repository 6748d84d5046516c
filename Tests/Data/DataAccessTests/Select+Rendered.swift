@testable import DataAccess

extension Select {
  /// The query of the select in a dialect.
  func rendered(_ dialect: Dialect) throws(DatabaseError) -> Query { try body.render(in: dialect) }
}
