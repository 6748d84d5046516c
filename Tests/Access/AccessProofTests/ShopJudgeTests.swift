import AccessManifest
import JSON
import TestSupport
import Testing

/// Judges from outside, on a database that was not made here, after its manifest was applied.
@Suite(.serialized) struct ShopJudgeTests {
  private static let schemas = ["public", "catalog", "sales", "warehouse"]

  @Test(.timeLimit(.minutes(8)))
  func `each finding in the shop is answered in the documentation, and no cell leaks`() async throws {
    try await ShopDatabase.with { shop in
      let manifest = try await shop.manifest()
      _ = try await shop.apply(manifest)
      let judge = OutsideJudge(shop.postgres, database: ShopDatabase.name)
      let found = try Self.schemas.flatMap { try judge.lint(schema: $0) }
      #expect(Set(found.map(\.rule)).subtracting(try AnsweredFindings().of("pgrls")) == [])
      #expect(Set(found.map(\.rule)).isSuperset(of: ManifestLintTests.ofShop))
      #expect(found.filter { !isAnswered($0, by: manifest) } == [])
      let remarks = try Self.schemas.flatMap { try judge.expectNoLeak(in: $0) }
      for expected in ManifestLintTests.remarksOfShop {
        #expect(remarks.contains { $0.contains(expected) }, "\(expected)")
      }

      // The judge notices what a person opens by hand.
      try await shop.asSuperuser("CREATE POLICY opened ON public.outbox USING (true)")
      let opened = try judge.lint().filter { !isAnswered($0, by: manifest) }
      #expect(opened.contains { $0.policy == "opened" }, "\(opened)")
    }
  }

  /// A table without a row scope, the policies of the administrator and of the roles outside of the manifest, or a policy's
  /// column without an index.
  private func isAnswered(_ finding: OutsideJudge.LintFinding, by manifest: AccessManifest) -> Bool {
    let isScoped = manifest.rowScopedTables.contains { TableName($0).name == finding.table }
    return switch finding.rule {
    case "SEC001": !isScoped
    case "SEC007": isScoped
    case "PERF003": isScoped && finding.policy != nil
    case "SEC005", "SEC008", "SEC028", "SEC038":
      ["\(manifest.administrators.databaseAccount) all", "rows of others"].contains(finding.policy)
    default: false
    }
  }
}
