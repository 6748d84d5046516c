import AccessManifest
import AccessProof
import Schema

/// The cells behind one field of the page's matrix, each with its statement and the engine's own answer.
struct CellsAnswer: Encodable {
  struct Cell: Encodable {
    let object: String
    let verb: String
    let column: String?
    let row: String?
    let expected: ProofCell.Expectation
    /// Nil where nothing is proven yet.
    let answer: EngineAnswer?
    let statement: String?
    let matches: Bool?
    /// Whether the page can try this cell alone.
    let tries: Bool
  }

  /// What the engine did, in its own words.
  struct EngineAnswer: Encodable {
    let outcome: String
    let code: String?
    let message: String?

    init(_ outcome: ProofOutcome) {
      switch outcome {
      case .allowed: (self.outcome, code, message) = ("allowed", nil, nil)
      case .unseen: (self.outcome, code, message) = ("no row", nil, nil)
      case .denied(let code, let message): (self.outcome, self.code, self.message) = ("denied", code, message)
      case .failed(let code, let message): (self.outcome, self.code, self.message) = ("failed", code, message)
      case .notTried(let code, let message):
        (self.outcome, self.code, self.message) = ("not tried", code, message)
      }
    }
  }

  let account: String
  let object: String
  let cells: [Cell]

  init(
    _ manifest: AccessManifest, _ state: ProofRun.State, _ side: ProofCell.Side, _ account: String,
    _ object: String
  ) {
    self.account = account
    self.object = object
    guard let proven = state.proven else {
      cells = side == .database ? Self.declared(by: manifest, account, object) : []
      return
    }
    let place = ProvenMatrix.Place(side: side, account: account, object: object)
    cells = (proven.cells[place] ?? []).map { Cell($0) }
  }

  /// The cells that the manifest declares: the statement and the answer come with the first attempt.
  private static func declared(by manifest: AccessManifest, _ account: String, _ table: String) -> [Cell] {
    guard let definition = manifest.tables.first(where: { $0.name == table }) else { return [] }
    return TableVerb.allCases.flatMap { verb -> [Cell] in
      let columns: [String?] = verb.takesColumns ? definition.columns.map(\.name) : [nil]
      return columns.map { column in
        let permission = manifest.mayDo(account, verb, on: table, column: column)
        return Cell(
          object: table, verb: verb.rawValue, column: column, row: nil,
          expected: permission == .denied ? .denied : .allowed, answer: nil, statement: nil, matches: nil,
          tries: true)
      }
    }
  }
}

extension CellsAnswer.Cell {
  init(_ result: ProofResult) {
    let cell = result.cell
    self.init(
      object: cell.object, verb: cell.verb, column: cell.column, row: cell.row, expected: cell.expected,
      answer: CellsAnswer.EngineAnswer(result.outcome),
      statement: result.statement.isEmpty ? nil : result.statement, matches: result.matchesManifest,
      tries: cell.side == .database && cell.row == nil && cell.residue == nil
        && TableVerb(rawValue: cell.verb) != nil)
  }
}

/// The answer to one attempt, with its time.
struct AttemptAnswer: Encodable {
  let time: Timestamp
  let account: String
  let cell: CellsAnswer.Cell

  init(_ result: ProofResult, at time: Timestamp) {
    self.time = time
    account = result.cell.account
    cell = CellsAnswer.Cell(result)
  }
}
