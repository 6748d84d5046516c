import AccessManifest
import AccessProof

/// The whole matrix as one self-contained page: no script, no font, no picture, no network.
struct HTMLPage: Sendable {
  private let report: ProofReport
  private let title: String

  /// A page over a report.
  init(_ report: ProofReport, title: String = "Access matrix") {
    self.report = report
    self.title = title
  }

  /// The page's text.
  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(Self.escaped(title))</title><style>\(Self.style)</style></head><body>
    <h1>\(Self.escaped(title))</h1>
    \(summary)
    \(violations)
    \(legend)
    \(report.tableNames.map(tableSection).joined(separator: "\n"))
    \(cacheSection)
    \(otherSection)
    \(residues)
    </body></html>

    """
  }

  // MARK: Parts

  private var summary: String {
    let count = report.violations.count
    return """
      <p class="\(report.isClean ? "good" : "bad")"><strong>\(count.counted("violation"))\(report.reach)</strong></p>
      \(failures)
      \(leftOut)
      <p>\(report.attempted) of \(report.cells) cells attempted with each account's own credentials
      (\(report.databaseCells) database, \(report.cacheCells) cache):
      \(report.allowedAsExpected) allowed and \(report.deniedAsExpected) denied, as the manifest says.</p>
      """
  }

  private var failures: String {
    report.failures.map { failure in
      "<p class=\"bad\">\(Self.escaped("\(failure.engine) was not proven: \(failure.error)"))</p>"
    }.joined(separator: "\n")
  }

  private var leftOut: String {
    guard !report.leftOut.isEmpty else { return "" }
    return "<p class=\"bad\">Left out: \(Self.escaped(report.leftOut.joined(separator: ", "))).</p>"
  }

  private var violations: String {
    guard !report.violations.isEmpty else { return "" }
    let items = report.violations.map { "<li>\(Self.escaped($0.description))</li>" }.joined(separator: "\n")
    return "<h2>Violations</h2><ul class=\"bad\">\n\(items)\n</ul>"
  }

  private var legend: String {
    """
    <p class="legend">S select, I insert, U update, D delete: what the engine did. Green: allowed. Grey dot: denied.
    Red: differs from the manifest, or was not tried (?). Point at a mark for the engine's reply.</p>
    """
  }

  private func tableSection(_ table: String) -> String {
    let accounts = report.accounts(of: .database)
    let here = report.results.filter { $0.cell.side == .database && $0.cell.object == table }
    let columns = Self.unique(here.compactMap(\.cell.column)) + ["(row)"]
    let rows = columns.map { column in
      let marks = accounts.map { account in
        "<td>\(letters(here.filter { $0.cell.account == account }, column: column))</td>"
      }
      return "<tr><th scope=\"row\">\(Self.escaped(column))</th>\(marks.joined())</tr>"
    }
    let rowCells = Self.unique(
      here.compactMap { result in result.cell.row.map { "\(result.cell.verb) \($0)" } }
    )
    .map { name in rowLine(name, here, accounts) }
    return "<h2>\(Self.escaped(table))</h2>" + grid(accounts, rows + rowCells)
  }

  /// The letters of one column. A deletion has no column; its letter stands in a row of its own.
  private func letters(_ cells: [ProofResult], column: String) -> String {
    TableVerb.allCases.compactMap { verb in
      cells.first {
        $0.cell.verb == verb.rawValue && ($0.cell.column ?? "(row)") == column && $0.cell.row == nil
      }.map { mark($0, letter: verb.rawValue.prefix(1).uppercased()) }
    }.joined()
  }

  private func rowLine(_ name: String, _ cells: [ProofResult], _ accounts: [String]) -> String {
    let marks = accounts.map { account in
      let hit = cells.first { $0.cell.account == account && "\($0.cell.verb) \($0.cell.row ?? "")" == name }
      return "<td>\(hit.map { mark($0, letter: "✓") } ?? "")</td>"
    }
    return "<tr><th scope=\"row\">\(Self.escaped(name))</th>\(marks.joined())</tr>"
  }

  private var cacheSection: String {
    let accounts = report.accounts(of: .cache)
    guard !accounts.isEmpty else { return "" }
    let cells = report.results.filter { $0.cell.side == .cache }
    let names = Self.unique(cells.map { "\($0.cell.object) \($0.cell.verb)" })
    return "<h2>Cache</h2>" + grid(accounts, names.map { name in line(name, cells, accounts) })
  }

  /// The cells that concern no table of the fleet: the schema, the server, other accounts.
  private var otherSection: String {
    let accounts = report.accounts(of: .database)
    let tables = Set(report.tableNames)
    let isColumnVerb = Set(TableVerb.allCases.map(\.rawValue))
    let cells = report.results.filter {
      $0.cell.side == .database && $0.cell.row == nil
        && (!tables.contains($0.cell.object) || !isColumnVerb.contains($0.cell.verb))
    }
    guard !cells.isEmpty else { return "" }
    let names = Self.unique(cells.map { "\($0.cell.object) \($0.cell.verb)" })
    return "<h2>Schema, server and other accounts</h2>"
      + grid(accounts, names.map { name in line(name, cells, accounts) })
  }

  /// What the engines leave open, with its consequence and what an operator can do.
  private var residues: String {
    guard !report.residues.isEmpty else { return "" }
    let rows = report.residues.map { residue in
      let cells = [residue.consequence, residue.mitigation].map {
        "<td class=\"text\">\(Self.escaped($0))</td>"
      }
      return "<tr><th scope=\"row\">\(Self.escaped(residue.name))</th>\(cells.joined())</tr>"
    }
    return "<h2>Known residues</h2><table><thead><tr><td></td><th scope=\"col\">consequence</th>"
      + "<th scope=\"col\">mitigation</th></tr></thead><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>"
  }

  private func line(_ name: String, _ cells: [ProofResult], _ accounts: [String]) -> String {
    let marks = accounts.map { account in
      let hit = cells.first { $0.cell.account == account && "\($0.cell.object) \($0.cell.verb)" == name }
      return "<td>\(hit.map { mark($0, letter: "✓") } ?? "")</td>"
    }
    return "<tr><th scope=\"row\">\(Self.escaped(name))</th>\(marks.joined())</tr>"
  }

  private func grid(_ accounts: [String], _ rows: [String]) -> String {
    let head = accounts.map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined()
    return
      "<table><thead><tr><td></td>\(head)</tr></thead><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>"
  }

  private func mark(_ result: ProofResult, letter: String) -> String {
    let isAllowed = result.outcome == .allowed
    let style = result.matchesManifest ? (isAllowed ? "yes" : "no") : "violation"
    let shown = result.outcome.isNotTried ? "?" : isAllowed || !result.matchesManifest ? letter : "·"
    let answer = "\(result.cell.verb): expected \(result.cell.expected.rawValue), got \(result.outcome.words)"
    return "<span class=\"\(style)\" title=\"\(Self.escaped(answer))\">\(shown)</span>"
  }

  // MARK: Text

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1c1e21;
    background:#fff}h2{margin:2rem 0 .5rem}table{border-collapse:collapse;font-size:13px}
    th,td{border:1px solid #d5d9de;padding:.15rem .5rem;text-align:left;font-weight:400}
    thead th{font-weight:600}td{font-family:ui-monospace,monospace;letter-spacing:.15em}
    td.text{font:inherit;letter-spacing:0}
    .yes{color:#0a6b2d;font-weight:700}.no{color:#9aa1a9}.violation{background:#c1121f;color:#fff;font-weight:700;
    padding:0 .25em}.good{color:#0a6b2d}.bad{color:#c1121f}.legend{color:#5a616a}
    @media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e8ea}th,td{border-color:#3a4048}
    .yes,.good{color:#5fd38a}.bad{color:#ff6b6b}.no{color:#6c747d}.legend{color:#9aa1a9}}
    """
}
