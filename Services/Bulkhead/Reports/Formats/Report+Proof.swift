import AccessManifest
import AccessProof

/// The report of the proof: a part for each account, a check for each object that it tried.
extension Report {
  init(_ proof: ProofReport, by manifest: AccessManifest, path: String) {
    var order: [String] = []
    let byAccount = Dictionary(grouping: proof.results) { "\($0.cell.side.rawValue) \($0.cell.account)" }
    for result in proof.results {
      let name = "\(result.cell.side.rawValue) \(result.cell.account)"
      if order.last != name, !order.contains(name) { order.append(name) }
    }
    var parts = order.map { Part(name: $0, of: byAccount[$0] ?? [], by: manifest) }
    if proof.attempted < proof.cells {
      let untried = proof.cells - proof.attempted
      parts.append(Part(name: "cells", failure: "\(untried) of \(proof.cells) cells were not tried"))
    }
    parts += proof.failures.map { Part(name: $0.engine, failure: $0.error) }
    if !proof.omissions.isEmpty {
      parts.append(Part(name: "beside", items: proof.omissions.map { Item(leftOut: $0) }))
    }
    if !proof.leftOut.isEmpty {
      let names = proof.leftOut.joined(separator: ", ")
      parts.append(Part(name: "left out", items: [Item(leftOut: "not tried, because of --only: \(names)")]))
    }
    self.init(
      command: "access prove", manifest: path,
      summary: "\(proof.violations.count.counted("violation")) in \(proof.attempted) of \(proof.cells) cells"
        + proof.reach,
      rules: [
        Rule(
          id: Part.rule, level: .error, summary: "An engine does not do what the manifest says.",
          help: "Run `bulkhead access verify`, which compares the catalog with the manifest."),
        .leftOut,
      ], parts: parts)
  }
}

extension Report.Part {
  fileprivate static let rule = "violation"

  /// The cells of one account: each violation, and each object without one.
  fileprivate init(name: String, of results: [ProofResult], by manifest: AccessManifest) {
    self.init(name: name)
    var objects: [String] = []
    var seen: Set<String> = []
    var violated: Set<String> = []
    for result in results {
      let object = result.cell.object
      if seen.insert(object).inserted { objects.append(object) }
      guard !result.matchesManifest else { continue }
      violated.insert(object)
      // The part of the cells that were not tried counts it.
      guard result.isViolation else { continue }
      items.append(
        Report.Item(
          rule: Self.rule, level: .error, account: result.cell.account, object: result.place,
          message: "expected \(result.cell.expected.rawValue), got \(result.outcome.words)",
          line: manifest.line(of: result.cell.account, on: object)))
    }
    passed = objects.filter { !violated.contains($0) }
  }
}

extension ProofResult {
  /// `select users (email)`.
  fileprivate var place: String {
    let parts = [cell.column.map { "(\($0))" }, cell.row.map { "[\($0)]" }].compactMap { $0 }
    return ([cell.verb, cell.object] + parts).joined(separator: " ")
  }
}
