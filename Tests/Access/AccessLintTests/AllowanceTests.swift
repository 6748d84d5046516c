import AccessManifest
import TestSupport
import Testing

@testable import AccessLint

/// Rules that the manifest switches off with `allow`.
@Suite struct AllowanceTests {
  private func guest(_ two: String, account: String = "", top: String = "") -> SmallManifest {
    var manifest = SmallManifest()
    (manifest.twoLevel, manifest.twoReaches) = ("read-write", "notes")
    (manifest.two, manifest.twoAccount, manifest.top) = (two, account, top)
    return manifest
  }

  @Test func `an allowance at the grant switches the rule off, and is listed with its reason`() throws {
    let report = try guest("notes: { insert: { allow: { shared-writers: both are the same team's } } }")
      .report()
    #expect(report.findings == [])
    #expect(report.allowed.map(\.allowed) == ["both are the same team's"])
    #expect(report.allowed.map(\.rule) == [.sharedWriters])
  }

  @Test func `an allowance at a key of several verbs covers each of them`() throws {
    let manifest = guest("notes: { \"select, insert\": { allow: { shared-writers: same team } } }")
    #expect(try manifest.findings() == [])
  }

  @Test func `an allowance at another place switches nothing off, and is a finding`() throws {
    let manifest = guest("notes: [insert]", account: "allow: { shared-writers: same team }")
    #expect(
      Set(try manifest.findings()) == [
        "shared-writers: two writes rows of notes that one-rw may write too",
        "unused-allowance: the allowance of shared-writers switches nothing off",
      ])
  }

  @Test func `an allowance at an account and at the manifest covers what concerns them`() throws {
    var manifest = SmallManifest()
    manifest.twoLevel = "read-write"
    manifest.twoAccount = "allow: { excessive-level: it will write soon }"
    manifest.top = """
      database: { time_zone: UTC, max_connections: 10 }
      allow: { too-many-connections: the services never run at once }
      """
    let report = try manifest.report()
    #expect(report.findings == [])
    #expect(report.allowed.count == 2)
  }

  @Test func `an allowance with a blank reason switches nothing off, and is a finding`() throws {
    let manifest = guest("notes: { insert: { allow: { shared-writers: \" \" } } }")
    #expect(
      Set(try manifest.rules()) == [.sharedWriters, .allowanceWithoutReason])
  }

  @Test func `an allowance of a rule that does not exist is a finding with the nearest name`() throws {
    let manifest = guest("notes: [select]", account: "allow: { excessive-levels: x }")
    #expect(
      try manifest.findings().contains(
        "unused-allowance: no rule has the name 'excessive-levels'; did you mean 'excessive-level'?"))
  }

  @Test func `the rules on allowances cannot be allowed`() throws {
    let manifest = guest("notes: [select]", top: "allow: { unused-allowance: quiet }")
    #expect(try manifest.rules().contains(.unusedAllowance))
  }

  @Test func `an allowance of a rule that needs the live database is unused only where that was read`() throws
  {
    var manifest = SmallManifest()
    manifest.top = "allow: { definer-without-search-path: reviewed }"
    #expect(try manifest.rules() == [])
    #expect(try manifest.rules(live: LiveAccessFacts()) == [.unusedAllowance])
  }

  @Test func `a finding and an unused allowance have their lines`() throws {
    let manifest = guest("notes: [insert]", account: "allow: { readable-secret: none }")
    let lines = manifest.text.split(separator: "\n", omittingEmptySubsequences: false)
    for finding in try manifest.report().findings {
      let line = try #require(finding.line)
      #expect(lines[line - 1].contains(finding.rule == .unusedAllowance ? "readable-secret" : "notes:"))
    }
  }

  @Test func `a secret column that the table lacks is an error of the manifest`() throws {
    var manifest = SmallManifest()
    manifest.top = "secret_columns: { notes: [tokens] }"
    #expect {
      try manifest.manifest()
    } throws: { error in
      "\(error)".contains("table 'notes' has no column 'tokens'; did you mean 'token'?")
    }
  }

  @Test func `the fleet's manifest has no finding, and each of its allowances is used`() throws {
    let manifest = try AccessManifest.load(path: Checkout.path("deploy/access.yaml"))
    let report = AccessLint(manifest).report()
    #expect(report.findings == [])
    #expect(report.allowed.map(\.rule) == [.sharedWriters, .sharedWriters])
  }
}
