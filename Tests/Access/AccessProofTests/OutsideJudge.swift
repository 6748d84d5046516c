import DatabaseTestSupport
import Foundation
import JSON
import Processes
import TestSupport
import Testing

/// Tools of others that judge row policies, from PyPI. They connect to one database as the test server's superuser.
struct OutsideJudge {
  private let postgres: PostgresServer
  private let database: String

  init(_ postgres: PostgresServer, database: String) {
    self.postgres = postgres
    self.database = database
  }

  /// A finding of pgrls: a static rule on one place.
  struct LintFinding: Sendable, Hashable {
    let rule: String
    /// `schema.table`, or `schema.table.policy`.
    let place: String

    var table: String { String(place.split(separator: ".", maxSplits: 2).dropFirst().first ?? "") }
    var policy: String? { place.split(separator: ".", maxSplits: 2).dropFirst(2).first.map(String.init) }
  }

  /// What pgrls finds in a schema.
  func lint(schema: String = "public") throws -> [LintFinding] {
    let output = try run(["-m", "pgrls", "lint", "--schemas", schema, "--format", "json"])
    let document = try JSONCoding.decode(JSONValue.self, from: Array(output.utf8))
    let found = try #require(document["violations"]?.array, "\(output)")
    return found.map { finding in
      LintFinding(
        rule: finding["rule_id"]?.string ?? finding["rule"]?.string ?? "",
        place: finding["location"]?.string ?? "")
    }
  }

  /// The matrix that rlsautotest executed: its report, table by table.
  func matrix(schema: String = "public") throws -> [JSONValue] {
    let folder = try TemporaryFolder()
    let path = folder.file("matrix.json")
    let output = try run(
      ["-m", "rlsautotest", "--schema", schema, "--report", "--report-json", path, "--no-fail", "--quiet"])
    let text = try #require(FileManager.default.contents(atPath: path), "\(output)")
    let document = try JSONCoding.decode(JSONValue.self, from: Array(text))
    #expect(document["bypass_surfaces"]?.array == [])
    return try #require(document["tables"]?.array)
  }

  /// No cell of the executed matrix leaks, and the documentation answers each remark.
  ///
  /// - Returns: The remarks.
  @discardableResult func expectNoLeak(in schema: String) throws -> [String] {
    let answered = try AnsweredFindings().of("rlsautotest")
    let tables = try matrix(schema: schema)
    #expect(!tables.isEmpty, "\(schema)")
    var all: [String] = []
    for table in tables {
      let name = table["table"]?.string ?? ""
      #expect(table["leak_cells"]?.array ?? [] == [], "\(name)")
      let remarks = (table["footguns"]?.array ?? []).compactMap(\.string)
      #expect(remarks.filter { remark in !answered.contains { remark.contains($0) } } == [], "\(name)")
      all += remarks
    }
    return all
  }

  /// Runs a module of the tests' Python. The password is in the environment, because command lines are public.
  private func run(_ arguments: [String]) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let python = try #require(environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let settings = postgres.configuration(as: postgres.superuser, database: database)
    let endpoint = try #require(settings.hosts.first)
    let password = settings.password.reveal()
    let variables = [
      "PATH": environment["PATH"] ?? "", "PGHOST": endpoint.host, "PGPORT": "\(endpoint.port)",
      "PGUSER": settings.user, "PGPASSWORD": password, "PGDATABASE": settings.name,
      "DATABASE_URL":
        "postgresql://\(settings.user):\(password)@\(endpoint.host):\(endpoint.port)/\(settings.name)",
    ]
    return try ChildProcess.run(python, arguments, environment: variables).output
  }
}

/// The findings that docs/access.md answers, by judge.
struct AnsweredFindings {
  private let rows: [(judge: String, finding: String)]

  init() throws {
    let text = try String(contentsOfFile: Checkout.path("docs/access.md"), encoding: .utf8)
    rows = text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 3, ["pgrls", "rlsautotest"].contains(cells[0]) else { return nil }
      return (cells[0], cells[1].replacing("`", with: ""))
    }
  }

  func of(_ judge: String) -> [String] { rows.filter { $0.judge == judge }.map(\.finding) }
}
