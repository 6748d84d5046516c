import AccessManifest
import AccessProof

/// One cell of the printed matrix: what one account was able to do with one table.
struct MatrixCell: Sendable, Equatable {
  /// How many of the table's columns a verb worked on.
  enum Reach: Sendable, Equatable {
    case none, someColumns, all
  }

  var reach: [TableVerb: Reach] = [:]
  /// The verbs that worked on some rows and not on others.
  var scoped: Set<TableVerb> = []
  /// Whether an outcome differs from the manifest.
  var isViolated = false
  /// Whether the engine gave an attempt no chance.
  var isUnknown = false

  /// `SIUD`, `s---` for some columns, `S[I]--` for rows of its own, `!` where an outcome differs from the manifest, `?`
  /// where one is unknown.
  var text: String {
    let letters = TableVerb.allCases.map { verb in
      let isScoped = scoped.contains(verb)
      return "\(isScoped ? "[" : "")\(letter(verb))\(isScoped ? "]" : "")"
    }
    return letters.joined().replacing("][", with: "") + Self.mark(isViolated, isUnknown)
  }

  private func letter(_ verb: TableVerb) -> String {
    let letter = String(verb.rawValue.prefix(1))
    return switch reach[verb] ?? .none {
    case .none: "-"
    case .someColumns: letter
    case .all: letter.uppercased()
    }
  }

  static func mark(_ isViolated: Bool, _ isUnknown: Bool) -> String {
    isViolated ? "!" : isUnknown ? "?" : ""
  }

  var isEmpty: Bool { reach.values.allSatisfy { $0 == .none } }
}

extension ProofReport {
  /// The accounts of one side in the order in which they were tried, without strangers, who have no rights to show.
  func accounts(of side: ProofCell.Side) -> [String] {
    var seen: Set<String> = []
    return results.filter { $0.cell.side == side && !$0.cell.isOfOthers }.map(\.cell.account).filter {
      seen.insert($0).inserted
    }
  }

  /// What an account was able to do with a table.
  func matrixCell(_ account: String, _ table: String) -> MatrixCell {
    let here = results.filter {
      $0.cell.side == .database && $0.cell.account == account && $0.cell.object == table
    }
    var cell = MatrixCell()
    for verb in TableVerb.allCases {
      let cells = here.filter {
        $0.cell.verb == verb.rawValue && $0.cell.column != "no column" && $0.cell.column != "*"
      }
      let allowed = cells.count { $0.outcome == .allowed }
      cell.reach[verb] =
        allowed == 0 ? MatrixCell.Reach.none : allowed == cells.count ? .all : .someColumns
    }
    cell.scoped = Set(TableVerb.allCases.filter { Self.isScoped($0, in: here) })
    cell.isViolated = here.contains(where: \.isViolation)
    cell.isUnknown = here.contains(where: \.outcome.isNotTried)
    return cell
  }

  private static func isScoped(_ verb: TableVerb, in cells: [ProofResult]) -> Bool {
    let rows = cells.filter { $0.cell.verb == "\(verb.rawValue) row" }
    return rows.contains { $0.outcome == .allowed } && rows.contains { $0.outcome != .allowed }
  }

  /// The tables that were tried, in their order.
  var tableNames: [String] {
    var seen: Set<String> = []
    return results.filter { $0.cell.side == .database && $0.cell.column != nil }.map(\.cell.object)
      .filter { seen.insert($0).inserted }
  }

  /// The key spaces that were tried, in their order.
  var keySpaces: [String] {
    var seen: Set<String> = []
    return results.filter { $0.cell.side == .cache && $0.cell.object != "server" }.map(\.cell.object)
      .filter { seen.insert($0).inserted }
  }

  /// What a cache account was able to do in a key space: `RW`, `R-`, `--`.
  func keySpaceCell(_ account: String, _ keySpace: String) -> (text: String, isViolated: Bool) {
    let here = results.filter {
      $0.cell.side == .cache && $0.cell.account == account && $0.cell.object == keySpace
    }
    let reads = here.contains { $0.cell.verb.hasPrefix("read ") && $0.outcome == .allowed }
    let writes = here.contains { $0.cell.verb.hasPrefix("write ") && $0.outcome == .allowed }
    let isViolated = here.contains(where: \.isViolation)
    let mark = MatrixCell.mark(isViolated, here.contains(where: \.outcome.isNotTried))
    return ((reads ? "R" : "-") + (writes ? "W" : "-") + mark, isViolated)
  }
}
