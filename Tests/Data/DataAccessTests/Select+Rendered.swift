@testable import DataAccess

extension Select {
  /// The query that the select becomes in a dialect.
  func rendered(_ dialect: Dialect) -> Query { body.render(in: dialect) }
}
