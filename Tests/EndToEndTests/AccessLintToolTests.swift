import Foundation
import JSON
import Testing

/// `access lint` as an operator and as CI run it.
@Suite struct AccessLintToolTests {
  @Test func `the fleet's manifest has no finding, without any engine and beside a live one`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let found = try await deployment.bulkhead(["access", "lint"])
      #expect(found.status == 0, "\(found.out)\n\(found.err)")
      #expect(found.out.contains("0 findings, 2 switched off"))
    }
    try await Deployment.with(.servers, prepared: true) { deployment in
      let found = try await deployment.bulkhead(["access", "lint", "--live", "--json"])
      #expect(found.status == 0, "\(found.out)\n\(found.err)")
    }
  }

  @Test func `a finding has its file and line, its reason and the way around, and ends with exit code 2`()
    async throws
  {
    try await Deployment.with(.embedded) { deployment in
      let manifest = try #require(deployment.environment["ACCESS_MANIFEST"])
      let text = try String(contentsOfFile: manifest, encoding: .utf8)
      let changed = deployment.folder.appendingPathComponent("changed.yaml").path
      try text.replacing("[id, active, role,", with: "[id, password, role,").write(
        toFile: changed, atomically: true, encoding: .utf8)
      let found = try await deployment.bulkhead(["access", "lint"], with: ["ACCESS_MANIFEST": changed])
      #expect(found.status == 2, "\(found.err)")
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = try #require(lines.firstIndex { $0.contains("columns: [id, active, role") }) + 1
      #expect(
        found.out.contains("\(changed):\(line): error readable-secret: analytics-ro may read users.password"))
      #expect(found.out.contains("    Instead: "))
      #expect(found.out.contains("2 findings, 2 switched off"))

      let json = try await deployment.bulkhead(
        ["access", "lint", "--json"], with: ["ACCESS_MANIFEST": changed])
      let findings =
        try JSONCoding.decode(JSONValue.self, from: Array(json.out.utf8))["findings"]?.array ?? []
      #expect(findings.map { $0["account"]?.string } == ["analytics-ro", "analytics-rollup-rw"])
      #expect(findings.first?["line"]?.integer == Int64(line))
    }
  }
}
