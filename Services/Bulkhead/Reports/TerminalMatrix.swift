import AccessProof

/// The report as text for a terminal of 100 columns. Only a matrix of many accounts is wider.
///
/// It shows what the engines did, not what the manifest says: a matrix that repeats the manifest would always look
/// right. Every mark is a character, so the matrix reads the same without colour.
struct TerminalMatrix: Sendable {
  private let report: ProofReport
  private let paint: Paint

  /// The width of the longest line beside the matrix.
  static let columns = 100

  private let firstColumn: Int
  private static let column = 11
  private static let longestViolationList = 50

  /// A report as text. Set `isColoured` only where the output is a terminal.
  init(_ report: ProofReport, isColoured: Bool) {
    self.report = report
    firstColumn = max(22, 1 + (report.tableNames.map(\.count).max() ?? 0))
    paint = Paint(isOn: isColoured)
  }

  /// The matrix, one refusal for each account in the engine's own words, the known residues, the counts,
  /// and the violations.
  var text: String {
    let parts = [databaseMatrix, cacheMatrix, denials, residues, counts, violations, notTried].filter {
      !$0.isEmpty
    }
    return parts.map { $0.map(paint.onOneLine).joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// What the engines leave open: without these lines, a reader would take it for closed.
  private var residues: [String] {
    guard !report.residues.isEmpty else { return [] }
    let lines = report.residues.map { "  \($0.name)" }
    return [paint(.faint, "known residues (docs/access-coverage.md says what each means)")] + lines
  }

  // MARK: The matrix

  private var databaseMatrix: [String] {
    let accounts = report.accounts(of: .database)
    guard !accounts.isEmpty else { return [] }
    let rows = report.tableNames.map { table in
      table.padded(to: firstColumn)
        + accounts.map { account in
          let cell = report.matrixCell(account, table)
          return paint(style(of: cell), cell.text.padded(to: Self.column))
        }.joined()
    }
    return header("database", accounts) + rows + [paint(.faint, Self.legend)]
  }

  private static let legend =
    "S I U D select insert update delete; lower: some columns; [ ]: own rows; !: violation; ?: not tried"

  private var cacheMatrix: [String] {
    let accounts = report.accounts(of: .cache)
    guard !accounts.isEmpty else { return [] }
    let rows = report.keySpaces.map { keySpace in
      keySpace.padded(to: firstColumn)
        + accounts.map { account in
          let cell = report.keySpaceCell(account, keySpace)
          let style: Paint.Style = cell.isViolated ? .bad : cell.text == "--" ? .faint : .good
          return paint(style, cell.text.padded(to: Self.column))
        }.joined()
    }
    return header("cache", accounts) + rows
  }

  private func style(of cell: MatrixCell) -> Paint.Style {
    cell.isViolated ? .bad : cell.isEmpty ? .faint : .good
  }

  /// Long names are broken after a hyphen to fit over narrow columns.
  private func header(_ corner: String, _ accounts: [String]) -> [String] {
    let names = accounts.map { Self.lines(of: $0) }
    let height = names.map(\.count).max() ?? 1
    return (0..<height).map { line in
      let first = (line == height - 1 ? corner : "").padded(to: firstColumn)
      let rest = names.map { name in
        let index = line - (height - name.count)
        return (index >= 0 ? name[index] : "").padded(to: Self.column)
      }.joined()
      return paint(.strong, first + rest)
    }
  }

  static func lines(of name: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for part in name.split(separator: "-", omittingEmptySubsequences: false) {
      let piece = line.isEmpty ? String(part) : "-\(part)"
      if !line.isEmpty, line.count + piece.count > column - 2 {
        lines.append("\(line)-")
        line = String(part)
      } else {
        line += piece
      }
    }
    return lines + [line]
  }

  // MARK: Refusals, counts, violations

  private var denials: [String] {
    guard !report.denials.isEmpty else { return [] }
    return [paint(.strong, "one refusal for each account, in the engine's own words")]
      + report.denials.map { result in
        guard case .denied(let code, let message) = result.outcome else { return "" }
        return fit("  \(result.cell.account.padded(to: firstColumn))\(code) \(message)")
      }
  }

  private var counts: [String] {
    let violations = report.violations.count
    let tried = "\(report.attempted) of \(report.cells) cells attempted"
    let sides = "\(report.databaseCells) database, \(report.cacheCells) cache"
    let open =
      report.openAsExpected == 0 ? [] : ["\(report.openAsExpected.counted("cell")) open as known residues"]
    return [
      "\(tried) (\(sides)) in \(Self.decimal(report.seconds)) s",
      paint(
        .good,
        "\(report.allowedAsExpected) allowed and \(report.deniedAsExpected) denied, as the manifest says"),
      paint(
        violations == 0 && report.failures.isEmpty && report.notTried.isEmpty ? .good : .bad,
        violations.counted("violation") + report.reach),
    ] + open + leftOut
  }

  private var notTried: [String] {
    list(report.notTried.map(\.description), .caution)
  }

  private var leftOut: [String] {
    let omissions = report.omissions.map { paint(.caution, $0) }
    guard !report.leftOut.isEmpty else { return omissions }
    return omissions + [paint(.caution, "left out by --only: \(report.leftOut.joined(separator: ", "))")]
  }

  private var violations: [String] { list(report.violations.map(\.description), .bad) }

  private func list(_ lines: [String], _ style: Paint.Style) -> [String] {
    let shown = lines.prefix(Self.longestViolationList).map { paint(style, "  \($0)") }
    return lines.count > shown.count ? shown + ["  and \(lines.count - shown.count) more"] : shown
  }

  // MARK: Text

  private func fit(_ line: String) -> String {
    line.count <= Self.columns ? line : line.prefix(Self.columns - 1) + "…"
  }

  /// The seconds with two decimals.
  static func decimal(_ seconds: Double) -> String {
    let hundredths = Int((seconds * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
