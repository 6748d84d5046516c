import Foundation
import TestSupport
import Testing

@testable import AccessManifest

/// `deploy/fleet.yaml`: what runs, and its errors with their lines.
@Suite struct FleetParserTests {
  private let access: AccessManifest
  private let text: String

  init() throws {
    access = try AccessManifest.parse(ManifestText.ofTheFleet)
    text = try String(contentsOfFile: Checkout.path("deploy/fleet.yaml"), encoding: .utf8)
  }

  @Test func `the fleet's manifest runs every service of the access manifest on its documented port`() throws
  {
    let fleet = try FleetManifest.parse(text, with: access)
    #expect(Set(fleet.services.map(\.name)) == Set(access.services.filter { !$0.isOfPeople }.map(\.name)))
    let ports = Dictionary(uniqueKeysWithValues: fleet.services.map { ($0.name, $0.port) })
    let documented = [
      "backend-api": 8081, "connector": 8082, "analytics": 8083, "twitch-trigger": 8084,
      "discord-trigger": 8085, "analytics-rollup": 8086,
    ]
    #expect(ports.filter { documented.keys.contains($0.key) } == documented)
    #expect(fleet.services.filter(\.signsTokens).map(\.name) == ["backend-api"])
    #expect(fleet.services.filter { $0.program == "connector" }.count == 3)
  }

  /// Each change of the manifest, the text of its line, and the error.
  @Test(arguments: [
    (
      "    program: analytics\n    port: 8083", "    program: anlytics\n    port: 8083",
      "did you mean 'analytics'"
    ),
    ("port: 8083", "port: 8082", "port 8082 is used twice"),
    ("port: 8083", "port: 80", "from 1024 to 65535"),
    ("host: discord", "host: twitch", "host 'twitch' is used twice"),
    ("    pods: 1 #", "    pods: 5-2 #", "'pods' must be a number such as 2"),
    (
      "    pods: 1 #", "    pods: 9 #",
      "needs 2 x 9 pods x 3 connections = 54, and analytics-rollup-rw may have 20"
    ),
    ("kind: key,", "kind: kex,", "unknown kind 'kex'"),
    ("variable: WEBHOOK_KEY", "variable: webhook", "no name of a setting"),
    ("{ ROLE: rollup }", "{ DB_USER: backend-api-rw }", "DB_USER comes from the manifests"),
    ("    memory: 192Mi-512Mi", "    memory: 512Mi-192Mi", "'memory' must be a request and a limit"),
    ("    cpu: 100m-1\n    memory: 192Mi", "    cpu: fast\n    memory: 192Mi", "'cpu' must be a request"),
    ("  analytics:\n    program", "  analytisc:\n    program", "did you mean 'analytics'"),
    ("webhook-key: { kind", "webhook-kee: { kind", "no secret 'webhook-kee'"),
    ("  connector: Integrations", "  connektor: Integrations", "no service runs program 'connektor'"),
    (
      "  analytics-rollup:\n    program", "  auditor:\n    program",
      "people use 'auditor': no program runs as it"
    ),
    ("    host: api\n", "    hosts: api\n", "did you mean 'host'"),
  ])
  func `an error in the manifest is reported with its file and line`(
    _ old: String, _ new: String, _ message: String
  ) throws {
    let place = try #require(text.firstRange(of: old), "the manifest has no '\(old)'")
    let changed = text.replacingCharacters(in: place, with: new)
    let errors = #expect(throws: ManifestErrors.self) {
      try FleetManifest.parse(changed, file: "fleet.yaml", with: access)
    }
    let found = try #require(errors?.problems.first { $0.message.contains(message) }, "\(errors as Any)")
    let first = 1 + text[..<place.lowerBound].count { $0 == "\n" }
    let last = first + new.count { $0 == "\n" }
    #expect((first...last).contains(try #require(found.line)), "\(found)")
    #expect(found.description.hasPrefix("fleet.yaml:"))
  }

  @Test func `a service of the access manifest that nothing starts is an error`() throws {
    let start = try #require(text.firstRange(of: "  analytics-rollup:\n"))
    let errors = #expect(throws: ManifestErrors.self) {
      try FleetManifest.parse(String(text[..<start.lowerBound]), with: access)
    }
    #expect("\(errors as Any)".contains("'analytics-rollup' that nothing would start"))
  }

  @Test func `a secret without its kind is an error at its service`() throws {
    let changed = text.replacing(
      "    secrets: { webhook-key: { kind: key, variable: WEBHOOK_KEY } }\n", with: "")
    let errors = #expect(throws: ManifestErrors.self) { try FleetManifest.parse(changed, with: access) }
    #expect(
      "\(errors as Any)".contains("'connector' lacks the kind and the variable of its secret 'webhook-key'"))
  }

  @Test func `a program that is not built is reported at the line that names it`() throws {
    let fleet = try FleetManifest.parse(text, file: "fleet.yaml", with: access)
    let errors = #expect(throws: ManifestErrors.self) {
      try fleet.requirePrograms(in: "/programs") { $0 != "/programs/backend-api" }
    }
    let line =
      1 + text[..<(try #require(text.firstRange(of: "program: backend-api"))).lowerBound].count { $0 == "\n" }
    #expect(
      errors?.problems.map(\.description) == [
        "fleet.yaml:\(line): backend-api runs backend-api, and there is no program /programs/backend-api: build it (make build)"
      ])
  }
}
