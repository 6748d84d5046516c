/// One of the four things an account may do with the rows of a table.
package enum TableVerb: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case select, insert, update, delete

  /// Whether rows change.
  package var isWrite: Bool { self != .select }

  /// Whether the verb names columns: a row is deleted whole.
  package var takesColumns: Bool { self != .delete }

  /// The order in which people read them: select, insert, update, delete.
  package static func < (left: TableVerb, right: TableVerb) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
