import Testing
import Yams

@testable import AccessManifest

/// Values of the manifest that YAML reads as something else, and settings.
@Suite struct ManifestValueTests {
  private let scope = "insert: { rows: { source: connector } }"

  private func scope(_ value: String) -> String { "insert: { rows: { source: \(value) } }" }

  @Test(arguments: ["null", "true", "no", "y", "n", "123", "1e3", "2026-01-31"])
  func `a row scope that YAML reads as another type is refused with its line`(_ value: String) throws {
    let line = try #require(
      ManifestText.line(of: scope(value), replacing: scope, with: scope(value)))
    let problems = ManifestText.problems(replacing: scope, with: scope(value))
    #expect(
      problems == [
        "access.yaml:\(line): YAML reads the value \(value) of 'source' as null, a number, a boolean or a date: quote it"
      ])
  }

  @Test func `the same value in quotes is a text`() {
    #expect(ManifestText.problems(replacing: scope, with: scope("\"123\"")) == [])
  }

  @Test(arguments: ["!!int \"123\"", "!!bool yes"])
  func `a row scope with another type's tag is refused, and one with that of a text is not`(_ value: String) {
    #expect(ManifestText.problems(replacing: scope, with: scope(value)).count == 1)
    #expect(ManifestText.problems(replacing: scope, with: scope("!!str 123")) == [])
  }

  /// Every word of up to four of these characters, and some longer ones.
  @Test func `a word is text exactly where the rules of the YAML library say so, apart from y and n`() {
    var words = [""]
    var last = words
    for _ in 0..<4 {
      last = last.flatMap { word in "017abexo_-".map { word + String($0) } }
      words += last
    }
    words += [
      "null", "true", "false", "yes", "off", "on", "nulls", "2026-01-31", "2026-1-31", "0x1_f", "1_0e-10",
    ]
    let differing = words.dropFirst().filter { word in
      PlainWord.isText(word) != (Resolver.default.resolveTag(of: Node(word)) == .str)
    }
    #expect(differing == [])
  }

  // MARK: Settings

  private let level = "      level: read-only\n"

  private func settings(_ text: String) -> String { level + "      settings: { \(text) }\n" }

  @Test func `settings that restrict become the account's`() throws {
    let text = ManifestText.ofTheFleet.replacing(
      level, with: settings("temp_file_limit: 1GB, log_statement: ddl")
    )
    .replacing("time_zone: UTC }", with: "time_zone: UTC, settings: { log_min_duration_statement: 200ms } }")
    let manifest = try AccessManifest.parse(text)
    #expect(
      manifest.databaseAccount(named: "analytics-ro")?.settings
        == ["temp_file_limit": "1GB", "log_statement": "ddl"])
    #expect(manifest.databaseSettings == ["log_min_duration_statement": "200ms"])
  }

  @Test(arguments: [
    ("work_mem: 1GB", "'work_mem' is no setting that only restricts"),
    ("temp_file_limits: 1GB", "did you mean 'temp_file_limit'?"),
    ("temp_file_limit: -1", "'temp_file_limit' with the value '-1' restricts nothing: remove it"),
    ("log_statement: none", "'log_statement' with the value 'none' restricts nothing: remove it"),
    ("lock_timeout: 0", "'lock_timeout' with the value '0' restricts nothing: remove it"),
    ("log_statement: \"a'b\"", "the value of 'log_statement' may contain only letters and digits"),
  ])
  func `a setting that widens, or is unknown, is refused`(_ text: String, _ message: String) {
    let problems = ManifestText.problems(replacing: level, with: settings(text))
    #expect(problems.count == 1 && problems.first?.contains(message) == true, "\(problems)")
  }

  @Test func `a service that is part of itself is named, without a suggestion`() {
    let problems = ManifestText.problems(
      replacing: "part_of: analytics #", with: "part_of: analytics-rollup #")
    #expect(problems.contains { $0.hasSuffix("service 'analytics-rollup' cannot be part of itself") })
    #expect(!problems.contains { $0.contains("did you mean 'analytics-rollup'?") })
  }
}
