import AccessManifest
import Foundation
import Schema
import TestSupport
import Testing

@testable import bulkhead

/// `bulkhead service new NAME --like SERVICE`.
extension ServiceSkeletonTests {
  /// The manifests of a copy with the new service, parsed. This program's schema gets the service's table.
  private func manifests(of name: String, in copy: URL) throws -> (AccessManifest, FleetManifest) {
    let texts = try texts(in: copy)
    let table = TableDefinition(
      name: try SkeletonNames(name).table, owner: name, columns: Schema.tables[0].columns)
    let access = try AccessManifest.parse(
      try #require(texts["deploy/access.yaml"]), tables: Schema.tables + [table])
    return (access, try FleetManifest.parse(try #require(texts["deploy/fleet.yaml"]), with: access))
  }

  @Test(arguments: ["connector", "twitch-trigger", "analytics-rollup"])
  func `a service like another one has its size and edge, and none of its rights or secrets`(
    _ model: String
  ) throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      _ = try skeleton("ledger", like: model, in: copy).write()
      let (access, fleet) = try manifests(of: "ledger", in: copy)
      let made = try #require(fleet.services.first { $0.name == "ledger" })
      let other = try #require(fleet.services.first { $0.name == model })
      #expect(made.pods == other.pods && made.pool == other.pool)
      #expect(made.cpu == other.cpu && made.memory == other.memory)
      #expect(made.environment.isEmpty && made.local.isEmpty && made.secrets.isEmpty)
      let rights = try #require(access.services.first { $0.name == "ledger" })
      let others = try #require(access.services.first { $0.name == model })
      let account = try #require(access.databaseAccount(named: "ledger-rw"))
      #expect(account.limits == access.databaseAccount(named: others.databaseAccount)?.limits)
      #expect(Set(account.grants.map(\.table)) == ["ledger_items", "events", "schema_migrations"])
      #expect(account.level == .readWrite && rights.secrets.isEmpty)
      #expect(rights.network.map(\.side) == others.network.map(\.side).filter { $0 == .edge })

      let files = try FleetRendering(
        context: RenderingContext(fleet, access), templates: Checkout.root.appending(path: "deploy/templates")
      ).files(.kubernetes)
      let scaling = "deploy/k8s/base/services/\(model)/availability.yaml"
      try #require(files[scaling] != nil)
      #expect(
        files[scaling.replacing(model, with: "ledger")] == files[scaling]?.replacing(model, with: "ledger"))

      _ = try ServiceSkeleton.existing(try SkeletonNames("ledger"), in: copy).remove(force: false)
      #expect(try texts(in: copy) == before)
    }
  }

  @Test func `a service whose size was changed since is taken back all the same`() throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      _ = try skeleton("ledger", in: copy).write()
      let path = copy.appendingPathComponent("deploy/fleet.yaml")
      let fleet = try String(contentsOf: path, encoding: .utf8)
      let start = try #require(fleet.firstRange(of: "\n  ledger:\n    program:")).lowerBound
      let changed = fleet[start...].replacing("pods: 2-3", with: "pods: 4-9")
      try #require(changed != fleet[start...])
      try Data((fleet[..<start] + changed).utf8).write(to: path)
      _ = try ServiceSkeleton.existing(try SkeletonNames("ledger"), in: copy).remove(force: false)
      #expect(try texts(in: copy) == before)
    }
  }

  @Test(arguments: [
    ("conector", "deploy/fleet.yaml has no service 'conector'; did you mean 'connector'?"),
    ("auditor", "auditor is not in deploy/fleet.yaml: nothing runs it"),
    ("backend", "deploy/fleet.yaml has no service 'backend'"),
  ])
  func `a service like one that does not run is refused, and writes nothing`(
    _ model: String, _ reason: String
  )
    throws
  {
    try withCopy { copy in
      let before = try texts(in: copy)
      let error = #expect(throws: ToolError.self) { try skeleton("ledger", like: model, in: copy).write() }
      #expect(error?.description.hasPrefix(reason) == true, "\(String(describing: error))")
      #expect(try texts(in: copy) == before)
    }
  }

  /// A value of analytics in the access manifest in another form.
  private static func spread(
    _ key: String, _ old: String, _ new: String
  ) -> (String, String, String, String) {
    (
      "deploy/access.yaml", "\(key): \(old)", "\(key): \(new)",
      "deploy/access.yaml: analytics has no '\(key)' with its value on the same line"
    )
  }

  @Test(arguments: [
    (
      "deploy/access.yaml", "\n  analytics:\n", "\n  reports:\n",
      "deploy/access.yaml has no service 'analytics' any more"
    ),
    (
      "Package.swift", ".executable(name: \"analytics\",", ".executable(name: \"reports\",",
      "analytics runs 'analytics', and Package.swift builds no such program"
    ),
    (
      "deploy/fleet.yaml", "    pods: 2-3\n    pool: 2\n    cpu: 100m-1\n    memory: 96Mi-256Mi\n",
      "    pods: 2-3\n", "deploy/fleet.yaml: analytics has no 'pool' with its value on the same line"
    ),
    spread(
      "limits", "{ connections: 20, statement: 30s, idle_in_transaction: 10s }",
      "{ connections: 20,\n        statement: 30s, idle_in_transaction: 10s }"),
    spread(
      "limits", "{ connections: 20, statement: 30s, idle_in_transaction: 10s }",
      "{ connections: 20, statement: \"30s\n\", idle_in_transaction: 10s }"),
    spread(
      "limits", "{ connections: 20, statement: 30s, idle_in_transaction: 10s }",
      "\n        { connections: 20, statement: 30s, idle_in_transaction: 10s }"),
    spread(
      "limits", "{ connections: 20, statement: 30s, idle_in_transaction: 10s }",
      "&small { connections: 20, statement: 30s, idle_in_transaction: 10s }"),
    (
      "deploy/fleet.yaml",
      "  analytics:\n    program: analytics\n    port: 8083\n    pods: 2-3\n    pool: 2\n",
      "  analytics: { program: analytics,\n    port: 8083,\n    pods: 2-3,\n    pool: 2 }\n",
      "deploy/fleet.yaml: analytics has no 'pods' with its value on the same line"
    ),
  ])
  func `a service like one that is retired, not built or spread over lines is refused with its file`(
    _ path: String, _ old: String, _ new: String, _ reason: String
  ) throws {
    try withCopy { copy in
      let file = copy.appendingPathComponent(path)
      let text = try String(contentsOf: file, encoding: .utf8)
      let changed = text.replacing(old, with: new)
      try #require(changed != text)
      try Data(changed.utf8).write(to: file)
      let error = #expect(throws: ToolError.self) { try skeleton("ledger", like: "analytics", in: copy) }
      #expect(error?.description.hasPrefix(reason) == true, "\(String(describing: error))")
    }
  }

  @Test func `the lines of a service are read beside comments and other parts of a manifest`() {
    let text = """
      programs:
        one: A program
      services:
        # of people
        first: # a remark
          # pods: 1
          pods: 2-3 # two
          network: { outside: it calls others, edge: people call it }
        second:
          pods: 4 # not at the edge: { edge: x }
      more:
        third:
      """
    let blocks = ManifestBlock.all(in: text)
    #expect(blocks.map(\.service) == ["first", "second"])
    #expect(blocks.map { $0.value(of: "pods") } == ["2-3", "4"])
    #expect(blocks.map { $0.has("edge", below: "network") } == [true, false])
    #expect(blocks[0].value(of: "port") == nil)
  }

  @Test func `the edge is a key of the network, and no word of a reason`() {
    let text = """
      services:
        one:
          network: { outside: "asks the vendor behind the edge: no one calls it" }
        two:
          network: { outside: 'what, edge: means', edge: people's programs call it }
        three:
          network:
            outside: "calls others,
              edge: not called"
        four:
          edge: { edge: x }
          network:
            # edge: a remark
            outside: it calls others
            "edge": people call it
        five:
          network:
            outside: >
              edge: no one
          more: { edge: x }
        six:
          network: {
            outside: 'it''s calling, edge: x', # edge: x
            edge: people call it }
      """
    let blocks = ManifestBlock.all(in: text)
    #expect(
      blocks.map { $0.has("edge", below: "network") } == [false, true, false, true, false, true])
  }
}
