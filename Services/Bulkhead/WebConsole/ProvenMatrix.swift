import AccessManifest
import AccessProof
import Schema

/// A finished proof, sorted once for all the pages that show it: a large database has a million cells.
struct ProvenMatrix: Sendable {
  /// One field of the page's matrix.
  struct Place: Hashable, Sendable {
    let side: ProofCell.Side
    let account: String
    let object: String
  }

  /// The most violations that the page lists; their number is always the whole one.
  private static let listedViolations = 200

  let time: Timestamp
  let summary: MatrixAnswer.Proven
  let database: MatrixAnswer.Grid
  let cache: MatrixAnswer.Grid
  /// The cells behind each field. Those that concern no table are under ``MatrixAnswer/others``.
  let cells: [Place: [ProofResult]]

  init(_ report: ProofReport, at time: Timestamp) {
    self.time = time
    let tables = Set(report.tableNames)
    let cells = Dictionary(grouping: report.results) { result in
      let cell = result.cell
      let isBeside = cell.side == .database && !tables.contains(cell.object)
      return Place(
        side: cell.side, account: cell.account, object: isBeside ? MatrixAnswer.others : cell.object)
    }
    self.cells = cells
    let violations = report.violations
    summary = MatrixAnswer.Proven(
      time: time, seconds: report.seconds, attempted: report.attempted, cells: report.cells,
      allowed: report.allowedAsExpected, denied: report.deniedAsExpected, violated: violations.count,
      violations: violations.prefix(Self.listedViolations).map(\.description), residues: report.residues)
    database = Self.grid(report.accounts(of: .database), report.tableNames + [MatrixAnswer.others]) {
      account, object in
      let own = cells[Place(side: .database, account: account, object: object)] ?? []
      if object == MatrixAnswer.others { return MatrixAnswer.Cell(attempts: own) }
      return MatrixAnswer.Cell(Self.report(of: own).matrixCell(account, object))
    }
    cache = Self.grid(report.accounts(of: .cache), report.keySpaces + ["server"]) { account, object in
      let own = cells[Place(side: .cache, account: account, object: object)] ?? []
      if object == "server" { return MatrixAnswer.Cell(attempts: own) }
      let cell = Self.report(of: own).keySpaceCell(account, object)
      return MatrixAnswer.Cell(keySpace: String(cell.text.prefix(2)), isViolated: cell.isViolated)
    }
  }

  private static func report(of results: [ProofResult]) -> ProofReport {
    ProofReport(results: results, cells: results.count, seconds: 0)
  }

  private static func grid(
    _ accounts: [String], _ objects: [String],
    _ cell: (_ account: String, _ object: String) -> MatrixAnswer.Cell
  ) -> MatrixAnswer.Grid {
    MatrixAnswer.Grid(
      accounts: accounts,
      lines: accounts.isEmpty
        ? []
        : objects.map { object in
          MatrixAnswer.Line(object: object, cells: accounts.map { cell($0, object) })
        })
  }
}
