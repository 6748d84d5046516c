/// Everything that was tried, and what came of it.
package struct ProofReport: Sendable {
  /// The results in the order in which they were obtained.
  package let results: [ProofResult]
  /// How many cells the matrix has; those of an account that could not connect were not tried.
  package let cells: Int
  /// How long it took.
  package let seconds: Double

  /// A report over these results.
  package init(results: [ProofResult], cells: Int, seconds: Double) {
    self.results = results
    self.cells = cells
    self.seconds = seconds
  }

  /// How many cells were tried.
  package var attempted: Int { results.count }
  /// How many of the database's.
  package var databaseCells: Int { results.count { $0.cell.side == .database } }
  /// How many of the cache's.
  package var cacheCells: Int { results.count { $0.cell.side == .cache } }
  /// How many worked and should.
  package var allowedAsDeclared: Int { results.count { $0.isAsDeclared && $0.cell.expected == .allowed } }
  /// How many were refused, or found nothing, and should.
  package var deniedAsDeclared: Int { results.count { $0.isAsDeclared && $0.cell.expected != .allowed } }
  /// What is not as declared, in the order in which it was found.
  package var violations: [Violation] { results.filter { !$0.isAsDeclared }.map(Violation.init) }
  /// Whether every cell of the matrix was tried and is as declared.
  package var isClean: Bool { attempted == cells && results.allSatisfy(\.isAsDeclared) }

  /// The first refusal of each account in the engine's own words: what a refused service would see.
  package var denials: [ProofResult] {
    var seen: Set<String> = []
    return results.filter { result in
      guard case .denied(_, let said) = result.outcome, !said.isEmpty, result.isAsDeclared else {
        return false
      }
      return seen.insert("\(result.cell.side) \(result.cell.account)").inserted
    }
  }
}

/// One cell that is not as declared.
package struct Violation: Sendable, Hashable, Encodable {
  package let side: ProofCell.Side
  package let account: String
  package let object: String
  package let verb: String
  package let column: String?
  package let row: String?
  package let expected: ProofCell.Expectation
  /// What happened, with the engine's native code.
  package let got: String

  init(_ result: ProofResult) {
    side = result.cell.side
    account = result.cell.account
    object = result.cell.object
    verb = result.cell.verb
    column = result.cell.column
    row = result.cell.row
    expected = result.cell.expected
    got = result.outcome.words
  }
}

extension Violation: CustomStringConvertible {
  /// `analytics-ro: select users (email): expected denied, got allowed`.
  package var description: String {
    let place = [column.map { "(\($0))" }, row.map { "[\($0)]" }].compactMap { $0 }.joined(separator: " ")
    let cell = "\(verb) \(object)\(place.isEmpty ? "" : " \(place)")"
    return "\(account): \(cell): expected \(expected.rawValue), got \(got)"
  }
}

extension ProofReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case cells, attempted, violations, seconds
    case databaseCells = "database_cells"
    case cacheCells = "cache_cells"
    case allowedAsDeclared = "allowed_as_declared"
    case deniedAsDeclared = "denied_as_declared"
    case violationList = "violation_list"
  }

  /// The counts, and the violations by name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cells, forKey: .cells)
    try container.encode(attempted, forKey: .attempted)
    try container.encode(databaseCells, forKey: .databaseCells)
    try container.encode(cacheCells, forKey: .cacheCells)
    try container.encode(allowedAsDeclared, forKey: .allowedAsDeclared)
    try container.encode(deniedAsDeclared, forKey: .deniedAsDeclared)
    try container.encode(violations.count, forKey: .violations)
    try container.encode(violations, forKey: .violationList)
    try container.encode(seconds, forKey: .seconds)
  }
}
