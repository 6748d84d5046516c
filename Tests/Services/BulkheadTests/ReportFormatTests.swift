import AccessLint
import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Foundation
import JSON
import Testing

@testable import bulkhead

/// The renderers of reports: Markdown, SARIF and JUnit, over names that a hostile database may hold.
@Suite struct ReportFormatTests {
  private static let hostile = "a|b`c`<img src=x>@team\u{1B}[31m\u{202E}\n# https://x www.x"

  private func report(items: [Report.Item], failure: String? = nil) -> Report {
    Report(
      command: "access verify", manifest: "deploy/access.yaml", summary: "\(items.count) deviations",
      rules: [Report.Rule(id: "excess", level: .error, summary: "more", help: "apply")],
      parts: [Report.Part(name: "PostgreSQL", items: items, passed: ["matches"], failure: failure)])
  }

  private func item(_ message: String, level: Report.Level = .error, allowed: String? = nil) -> Report.Item {
    Report.Item(
      rule: "excess", level: level, account: message, object: "users", message: message, line: 7,
      allowed: allowed)
  }

  // MARK: Markdown

  @Test func `a Markdown cell holds hostile text on one line, without markup, mentions or links`() {
    let cell = MarkdownText.cell(Self.hostile)
    #expect(
      cell
        == "a\\|b\\`c\\`\\<img src=x\\>@<!-- -->team\u{FFFD}\\[31m\u{FFFD} \\# https:<!-- -->//x www<!-- -->.x"
    )
  }

  @Test func `a Markdown report has the counts and a row with the line for each item`() {
    let text = MarkdownText(report(items: [item("too much")])).text
    #expect(text.hasPrefix("### bulkhead access verify\n\n**1 deviations**\n"))
    #expect(text.contains("#### PostgreSQL"))
    #expect(
      text.contains("| **excess** | too much | users | too much | deploy/access.yaml:7 |"), "\(text)")
  }

  @Test func `a statement is a code span that its own backticks and pipes do not end`() {
    #expect(MarkdownText.code("GRANT a|b") == "`GRANT a\\|b`")
    #expect(MarkdownText.code("``x`\n") == "``` ``x`  ```")
    var step = item("why")
    step.statement = "SELECT 1"
    #expect(MarkdownText(report(items: [step])).text.contains("| users | why: `SELECT 1` |"))
  }

  @Test func `a Markdown report is bounded, and says how many items it leaves out`() throws {
    let long = String(repeating: "|", count: 2_000)
    let text = MarkdownText(report(items: (0..<500).map { item("\($0)\(long)") })).text
    #expect(text.utf8.count <= MarkdownText.maximumBytes)
    let rows = text.split(separator: "\n").count { $0.hasPrefix("| **") }
    #expect(rows > 10)
    #expect(text.contains("\(500 - rows) more items left out: run `bulkhead access verify`."))
    #expect(MarkdownText(report(items: [item("x")])).text.contains("left out") == false)
  }

  @Test func `a Markdown report of a failed engine has the reason`() {
    #expect(
      MarkdownText(report(items: [], failure: "no *route*")).text.contains("**failed:** no \\*route\\*"))
  }

  // MARK: JUnit

  @Test func `a JUnit document escapes what XML 1.0 cannot hold`() {
    #expect(
      JUnitDocument.escaped("\u{0}\u{1B}&<>\"\u{FFFE}é", inAttribute: true)
        == "\\u{0}\\u{1B}&amp;&lt;&gt;&quot;\\u{FFFE}é")
    #expect(JUnitDocument.escaped("a\n\tb", inAttribute: true) == "a&#10;&#9;b")
    #expect(JUnitDocument.escaped("a\n\r") == "a\n&#13;")
  }

  @Test func `a JUnit document counts failures, skipped notes, errors and passed checks`() {
    let items = [item("bad"), item("note", level: .note), item("intended", allowed: "because")]
    let text = JUnitDocument(report(items: items, failure: "down")).text
    #expect(text.contains(#"<testsuite name="PostgreSQL" tests="5" failures="1" errors="1" skipped="2">"#))
    #expect(text.contains(#"<failure message="bad" type="excess">bad"#))
    #expect(text.contains(#"<skipped message="because"/>"#))
    #expect(text.contains(#"<error message="down" type="failure"/>"#))
    #expect(text.contains(#"<testcase name="matches" classname="access verify.PostgreSQL"/>"#))
  }

  // MARK: SARIF

  private func run(_ report: Report) throws -> JSONValue {
    let log = try JSONCoding.decode(JSONValue.self, from: Array(try SARIFLog(report).text.utf8))
    #expect(log["version"]?.string == "2.1.0")
    return try #require(log["runs"]?[0])
  }

  @Test func `a SARIF result has its rule, its line, and a suppression where it is switched off`() throws {
    let run = try run(report(items: [item("bad"), item("intended", allowed: "because")]))
    let result = try #require(run["results"]?[0])
    #expect(result["ruleId"]?.string == "excess")
    #expect(result["ruleIndex"]?.integer == 0)
    let place = try #require(result["locations"]?[0]?["physicalLocation"])
    #expect(place["artifactLocation"]?["uri"]?.string == "deploy/access.yaml")
    #expect(place["region"]?["startLine"]?.integer == 7)
    #expect(result["suppressions"] == nil)
    #expect(run["results"]?[1]?["suppressions"]?[0]?["justification"]?.string == "because")
  }

  @Test func `a SARIF fingerprint stays where only the line moves, and differs between items`() throws {
    func fingerprint(_ item: Report.Item) throws -> String? {
      try run(report(items: [item]))["results"]?[0]?["partialFingerprints"]?["bulkhead/v1"]?.string
    }
    var moved = item("bad")
    moved.line = 90
    #expect(try fingerprint(moved) == fingerprint(item("bad")))
    #expect(try fingerprint(item("worse")) != fingerprint(item("bad")))
  }

  @Test func `a SARIF log of a path outside of the checkout has a file URI, and a failure is a notification`()
    throws
  {
    var found = Report(
      command: "access lint", manifest: "/tmp/a b#.yaml", summary: "",
      rules: [Report.Rule(id: "excess", level: .error, summary: "more", help: "apply")],
      parts: [Report.Part(name: "manifest", items: [item("bad")])])
    let place = try run(found)["results"]?[0]?["locations"]?[0]?["physicalLocation"]?["artifactLocation"]
    #expect(place?["uri"]?.string == "file:///tmp/a%20b%23.yaml")
    found = Report(failed: "access lint", errors: ["no manifest"])
    let invocation = try run(found)["invocations"]?[0]
    #expect(invocation?["executionSuccessful"]?.bool == false)
    #expect(
      invocation?["toolExecutionNotifications"]?[0]?["message"]?["text"]?.string == "access lint: no manifest"
    )
  }

  // MARK: Reports

  @Test func `a change of the manifest has the line of the account's grant on the table`() throws {
    let manifest = try FleetManifest.load()
    let account = try #require(manifest.databaseAccount(named: "analytics-ro"))
    let expected = manifest.line(of: .select, on: "users", for: account)
    #expect(expected != nil)
    #expect(manifest.line(of: "analytics-ro", on: "users") == expected)
    #expect(manifest.line(of: "analytics", on: "users") == expected)
    #expect(manifest.line(of: "analytics-ro", on: "nothing") == manifest.line(of: .account("analytics-ro")))
    #expect(manifest.line(of: "stranger", on: "users") == nil)
  }

  @Test func `every rule of a report has a summary and a help`() throws {
    let manifest = try FleetManifest.load()
    let reports = [
      Report(AccessLint(manifest).report(), path: "a"), Report([], to: manifest, path: "a"),
      Report(verified: [], by: manifest, path: "a"),
    ]
    for rule in reports.flatMap(\.rules) {
      #expect(!rule.summary.isEmpty && !rule.help.isEmpty, "\(rule.id)")
    }
    #expect(reports.allSatisfy { !$0.rules.isEmpty })
  }
}
