import Migrations
import Schema

/// The answer of `migrate check`, as JSON and as lines.
struct SchemaReport: Encodable {
  let inOrder: Bool
  let current: Int
  let newest: Int
  /// Why programs of this release cannot start or migrations cannot run.
  let problem: String?
  /// How far the database is ahead of this release, where this release supports it.
  let ahead: String?
  /// Nil where a newer release migrated the database, whose tables this release does not have.
  let differences: [SchemaDifference]?
  /// The version that is half done: some of the differences are its own.
  let halfDone: Int?
  /// Objects on this release's tables that change no statement.
  let additions: [String]
  /// Tables and views of other programs.
  let others: [String]
  /// What an operator must know of servers that were not compared.
  let notes: [String]

  init(_ check: SchemaCheck) {
    inOrder = check.isInOrder
    current = check.status.current
    newest = check.status.newest
    problem = check.status.objection
    ahead = check.status.lead.map { "\($0)" }
    differences = check.differences
    halfDone = check.status.unfinished?.version
    additions = check.additions
    others = check.others
    notes = check.notes
  }

  /// The report on a database that does not exist.
  init(absence: String) {
    inOrder = false
    current = 0
    newest = Schema.currentVersion
    problem = absence
    ahead = nil
    differences = []
    halfDone = nil
    additions = []
    others = []
    notes = []
  }

  /// The report as text, one finding a line.
  func lines(verbose: Bool) -> [String] {
    var lines = [heading]
    if let differences {
      if !differences.isEmpty {
        lines.append(
          "the live schema differs from version \(current) in \(differences.count.counted("place"))"
            + (halfDone.map { ", which the half-done version \($0) may have made" } ?? "") + ":")
      }
      lines += differences.map { "  \($0)" }
    } else {
      lines.append("the live schema was not compared: only the newer release has its tables")
    }
    lines += notes.map { "  note: \($0)" }
    guard verbose else { return lines }
    lines += additions.map { "  not declared, and without effect on statements: \($0)" }
    return lines + others.map { "  of another program: \($0)" }
  }

  private var heading: String {
    if let ahead { return ahead }
    if problem == nil, current == newest {
      return "the schema is at version \(current), which this release expects"
    }
    return "the schema is at version \(current), this release expects \(newest)"
      + (problem.map { ": \($0)" } ?? "")
  }
}
