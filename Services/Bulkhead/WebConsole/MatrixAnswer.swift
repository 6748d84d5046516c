import AccessManifest
import AccessProof
import Schema

/// The matrix for the page: as it was proven last, or as the manifest declares it where nothing is proven yet.
struct MatrixAnswer: Encodable {
  /// A row of a grid: an object, and a cell for each account.
  struct Line: Encodable, Sendable {
    let object: String
    let cells: [Cell]
  }

  struct Cell: Encodable, Sendable {
    let text: String
    /// The cell for people who hear the page.
    let words: String
    let violated: Bool
  }

  struct Grid: Encodable, Sendable {
    let accounts: [String]
    let lines: [Line]
  }

  /// A finished proof in numbers.
  struct Proven: Encodable, Sendable {
    let time: Timestamp
    let seconds: Double
    let attempted: Int
    let cells: Int
    let allowed: Int
    let denied: Int
    let violated: Int
    let violations: [String]
    let residues: [KnownResidue]
  }

  struct Running: Encodable {
    let done: Int
    let total: Int
  }

  let proven: Proven?
  let running: Running?
  let failure: String?
  let database: Grid
  let cache: Grid

  /// The name of the row of cells that concern no table.
  static let others = "schema, server, other accounts"

  init(_ manifest: AccessManifest, _ state: ProofRun.State) {
    running =
      state.isRunning
      ? Running(done: state.progress?.done ?? 0, total: state.progress?.total ?? 0) : nil
    failure = state.failure
    guard let proof = state.proven else {
      proven = nil
      database = Grid(declaredBy: manifest)
      cache = Grid(cacheDeclaredBy: manifest)
      return
    }
    proven = proof.summary
    database = proof.database
    cache = proof.cache
  }
}

extension MatrixAnswer.Grid {
  fileprivate init(declaredBy manifest: AccessManifest) {
    accounts = manifest.databaseAccounts.map(\.name)
    lines = manifest.tables.map { table in
      MatrixAnswer.Line(
        object: table.name,
        cells: manifest.databaseAccounts.map { MatrixAnswer.Cell($0.declaredCell(table.name)) })
    }
  }

  fileprivate init(cacheDeclaredBy manifest: AccessManifest) {
    accounts = manifest.cacheAccounts.map(\.name)
    lines = manifest.keyPrefixes.map { prefix in
      MatrixAnswer.Line(
        object: "\(prefix)*",
        cells: manifest.cacheAccounts.map { account in
          let access = manifest.mayUse(account.name, keysWith: prefix)
          return MatrixAnswer.Cell(
            keySpace: access == nil ? "--" : access == .readWrite ? "RW" : "R-", isViolated: false)
        })
    }
  }
}

extension MatrixAnswer.Cell {
  init(_ cell: MatrixCell) {
    self.init(text: cell.text, words: cell.words, violated: cell.isViolated)
  }

  init(keySpace text: String, isViolated: Bool) {
    let words = ["RW": "reads and writes", "R-": "reads", "-W": "writes"][text] ?? "nothing"
    self.init(
      text: text + (isViolated ? "!" : ""), words: words + (isViolated ? MatrixCell.violation : ""),
      violated: isViolated)
  }

  init(attempts: [ProofResult]) {
    let violations = attempts.count(where: \.isViolation)
    let refused = attempts.count { $0.outcome != .allowed }
    self.init(
      text: "\(refused)/\(attempts.count)" + (violations > 0 ? "!" : ""),
      words: "\(refused) of \(attempts.count.counted("attempt")) refused"
        + (violations > 0 ? MatrixCell.violation : ""), violated: violations > 0)
  }
}

extension MatrixCell {
  static let violation = "; differs from the manifest"

  /// The cell as words: `select on some columns, update on its own rows`.
  var words: String {
    let verbs = TableVerb.allCases.compactMap { verb -> String? in
      let isScoped = scoped.contains(verb)
      let rows = isScoped ? "on its own rows" : nil
      switch reach[verb] ?? .none {
      case .none: return isScoped ? "\(verb.rawValue) on its own rows" : nil
      case .someColumns:
        return ([verb.rawValue, "on some columns"] + [rows].compactMap { $0 }).joined(separator: " ")
      case .all: return [verb.rawValue, rows].compactMap { $0 }.joined(separator: " ")
      }
    }
    return (verbs.isEmpty ? "nothing" : verbs.joined(separator: ", ")) + (isViolated ? Self.violation : "")
  }
}

extension DatabaseAccount {
  /// The cell that the manifest declares.
  func declaredCell(_ table: String) -> MatrixCell {
    var cell = MatrixCell()
    for verb in TableVerb.allCases {
      guard let grant = grant(verb, on: table) else { continue }
      cell.reach[verb] = grant.columns == .all ? .all : .someColumns
      if grant.rows != nil { cell.scoped.insert(verb) }
    }
    return cell
  }
}
