import Encoding

/// The cells that the proof tried, and their outcomes.
package struct ProofReport: Sendable {
  /// The results, in the order of the attempts.
  package let results: [ProofResult]
  /// The number of cells of the matrix. Those of an account that could not connect are not tried.
  package let cells: Int
  /// The duration of the proof.
  package let seconds: Double
  /// What the engines leave open, beside the cells.
  package var residues: [KnownResidue] = []
  /// The accounts of the manifest that this run did not try; empty for a whole proof.
  package var leftOut: [String] = []

  /// The engines that could not be proven, with the reason; none of their cells is among the results.
  package var failures: [EngineFailure] = []
  /// The patterns of keys in the rules of other users that no account tried, because a server has very many of them.
  package var patternsLeftOut = 0
  /// The replicas of the cache, whose accounts no cell tried.
  package var serversLeftOut: [String] = []

  /// An engine that could not be proven.
  package struct EngineFailure: Sendable, Hashable, Encodable {
    /// The engine's name in reports.
    package let engine: String
    /// The engine's own reason.
    package let error: String

    /// Creates a failure.
    package init(engine: String, error: String) {
      self.engine = engine
      self.error = error
    }
  }

  /// Creates a report over these results.
  package init(results: [ProofResult], cells: Int, seconds: Double) {
    self.results = results
    self.cells = cells
    self.seconds = seconds
  }

  /// The number of cells tried.
  package var attempted: Int { results.count { !$0.outcome.isNotTried } }
  /// The number of the database's cells tried.
  package var databaseCells: Int { results.count { $0.cell.side == .database && !$0.outcome.isNotTried } }
  /// The number of the cache's cells tried.
  package var cacheCells: Int { results.count { $0.cell.side == .cache && !$0.outcome.isNotTried } }
  /// The number of operations that succeeded, as the manifest says.
  package var allowedAsExpected: Int { results.count { $0.matchesManifest && $0.cell.expected == .allowed } }
  /// The number of operations that were refused or found no row, as the manifest says.
  package var deniedAsExpected: Int { results.count { $0.matchesManifest && $0.cell.expected.isRefusal } }
  /// The attempts of known residues that succeeded, as the list of residues says.
  package var openAsExpected: Int { results.count { $0.matchesManifest && $0.cell.expected == .open } }
  /// The outcomes that differ from the manifest, in the order of the attempts.
  package var violations: [Violation] { results.filter(\.isViolation).map(Violation.init) }
  /// The cells that an engine gave no chance, in the order of the attempts: whether they match the manifest is unknown.
  package var notTried: [Violation] { results.filter(\.outcome.isNotTried).map(Violation.init) }
  /// Whether a table refused the rows of the proof.
  package var hasRefusedRows: Bool {
    results.contains { !$0.matchesManifest && $0.cell.verb == ProofCell.insertingRows }
  }
  /// Whether every cell of every engine was tried and matches the manifest.
  package var isClean: Bool {
    failures.isEmpty && attempted == cells && results.allSatisfy(\.matchesManifest)
  }

  /// The first refusal of a right of each account, in the engine's own words, as a service would receive it.
  package var denials: [ProofResult] {
    var seen: Set<String> = []
    return results.filter { result in
      guard case .denied(_, let message) = result.outcome, !message.isEmpty, result.matchesManifest,
        !result.cell.isOfOthers
      else {
        return false
      }
      return seen.insert("\(result.cell.side) \(result.cell.account)").inserted
    }
  }
}

extension ProofReport.EngineFailure: CustomStringConvertible {
  /// `PostgreSQL: the database cannot be reached`.
  package var description: String { "\(engine): \(error)" }
}

/// One cell whose outcome differs from the manifest, or that was not tried.
package struct Violation: Sendable, Hashable, Encodable {
  package let side: ProofCell.Side
  package let account: String
  package let object: String
  package let verb: String
  package let column: String?
  package let row: String?
  package let expected: ProofCell.Expectation
  /// The outcome, with the engine's native code.
  package let got: String
  /// The known residue that the engine refused; otherwise nil.
  package let residue: String?

  init(_ result: ProofResult) {
    side = result.cell.side
    account = result.cell.account
    object = result.cell.object
    verb = result.cell.verb
    column = result.cell.column
    row = result.cell.row
    expected = result.cell.expected
    got = result.outcome.words
    residue = result.cell.residue
  }
}

extension Violation: CustomStringConvertible {
  /// `analytics-ro: select users (email): expected denied, got allowed`, on one line.
  package var description: String { sentence.onOneLine }

  private var sentence: String {
    let place = [column.map { "(\($0))" }, row.map { "[\($0)]" }].compactMap { $0 }.joined(separator: " ")
    let cell = "\(verb) \(object)\(place.isEmpty ? "" : " \(place)")"
    if let residue {
      return
        "\(account): \(cell): declared as the residue '\(residue)', but the engine says \(got): remove it"
    }
    return "\(account): \(cell): expected \(expected.rawValue), got \(got)"
  }
}

extension ProofCell.Expectation {
  /// Whether the manifest demands that the engine refuses the operation or finds nothing.
  var isRefusal: Bool {
    switch self {
    case .denied, .unseen: true
    case .allowed, .open: false
    }
  }
}

extension ProofReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case cells, attempted, violations, seconds, failures
    case databaseCells = "database_cells"
    case cacheCells = "cache_cells"
    case allowedAsExpected = "allowed_as_declared"
    case deniedAsExpected = "denied_as_declared"
    case violationList = "violation_list"
    case openAsExpected = "open_as_declared"
    case residues = "known_residues"
    case leftOut = "left_out"
    case notTried = "not_tried"
    case notTriedList = "not_tried_list"
    case patternsLeftOut = "left_out_patterns"
    case serversLeftOut = "left_out_servers"
  }

  /// Encodes the counts and the violations.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cells, forKey: .cells)
    try container.encode(attempted, forKey: .attempted)
    try container.encode(databaseCells, forKey: .databaseCells)
    try container.encode(cacheCells, forKey: .cacheCells)
    try container.encode(allowedAsExpected, forKey: .allowedAsExpected)
    try container.encode(deniedAsExpected, forKey: .deniedAsExpected)
    try container.encode(openAsExpected, forKey: .openAsExpected)
    try container.encode(violations.count, forKey: .violations)
    try container.encode(violations, forKey: .violationList)
    let notTried = notTried
    try container.encode(notTried.count, forKey: .notTried)
    if !notTried.isEmpty { try container.encode(notTried, forKey: .notTriedList) }
    if patternsLeftOut > 0 { try container.encode(patternsLeftOut, forKey: .patternsLeftOut) }
    if !serversLeftOut.isEmpty { try container.encode(serversLeftOut, forKey: .serversLeftOut) }
    try container.encode(seconds, forKey: .seconds)
    try container.encode(residues, forKey: .residues)
    if !leftOut.isEmpty { try container.encode(leftOut, forKey: .leftOut) }
    if !failures.isEmpty { try container.encode(failures, forKey: .failures) }
  }
}
