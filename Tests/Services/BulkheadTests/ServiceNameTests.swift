import Foundation
import TestSupport
import Testing

@testable import bulkhead

/// The names and ports that `bulkhead service new` refuses, what it leaves after a failure, and what `remove` says then.
extension ServiceSkeletonTests {
  @Test(arguments: [
    ("auditor", "deploy/access.yaml has a service auditor"),
    ("twitch-trigger", "deploy/access.yaml has a service twitch-trigger"),
    ("api", "it is the host name of backend-api in deploy/fleet.yaml"),
    ("connector", "deploy/access.yaml has a service connector"),
    ("swift-log", "Package.swift has a part swift-log"),
    ("clock", "Package.swift has a part Clock"), ("tidy", "Package.swift has a part TidyTests"),
    ("live-schema", "Package.swift has a part LiveSchemaTests"),
  ])
  func `a name in use is refused with its place`(_ name: String, _ reason: String) throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      let error = #expect(throws: ToolError.self) { try skeleton(name, in: copy).write() }
      #expect(error?.description == "'\(name)' is taken: choose another name, because \(reason)")
      #expect(try texts(in: copy) == before)
    }
  }

  @Test(arguments: ["class", "int", "main", "switch", "error", "foundation", "swift"])
  func `a word of Swift is refused, because no module can have it as its name`(_ name: String) {
    let error = #expect(throws: ToolError.self) { try SkeletonNames(name) }
    #expect(
      error?.description == "'\(name)' is a word of Swift, which cannot name a module: choose another name")
  }

  @Test(arguments: [
    "redis", "valkey", "ingress", "migrate", "access", "bootstrap", "prometheus", "grafana", "load", "mysql",
    "mariadb", "database",
  ])
  func `a name that compose uses is refused`(_ name: String) throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      let error = #expect(throws: ToolError.self) { try skeleton(name, in: copy).write() }
      let reason = "because compose has a container or host \(name): deploy/templates/compose/"
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
      #expect(try texts(in: copy) == before)
    }
  }

  @Test func `a service on one line has its port, its host and its accounts for itself`() throws {
    try withCopy { copy in
      let fleet = copy.appendingPathComponent("deploy/fleet.yaml")
      let line = """
          web: { program: analytics, port: 8099, host: shop, pods: 1, pool: 1, cpu: 100m-1, memory: 64Mi-96Mi }

        """
      try Data((try String(contentsOf: fleet, encoding: .utf8) + line).utf8).write(to: fleet)
      #expect(try skeleton("ledger", in: copy).port == 8100)
      let error = #expect(throws: ToolError.self) { try skeleton("shop", in: copy) }
      #expect(error?.description.hasSuffix("it is the host name of web in deploy/fleet.yaml") == true)

      let access = copy.appendingPathComponent("deploy/access.yaml")
      let text = try String(contentsOf: access, encoding: .utf8)
      try Data(text.replacing("account: twitch-trigger\n", with: "account: stream-rw\n").utf8).write(
        to: access)
      let second = #expect(throws: ToolError.self) { try skeleton("stream", in: copy) }
      #expect(
        second?.description.hasSuffix("deploy/access.yaml has an account stream-rw of twitch-trigger") == true
      )
    }
  }

  @Test func `after the last port comes the first free one`() throws {
    let fleet = "services:\n  one: { port: 65535 }\n  two:\n    port: 8081\n"
    #expect(try ServiceSkeleton.freePort(in: fleet) == 8082)
  }

  @Test func `a write that fails leaves every file and folder as it was`() throws {
    try withCopy { copy in
      // Everything before the tests is written first; a file has the place of their folder.
      try Data("here\n".utf8).write(to: copy.appendingPathComponent("Tests"))
      let before = try FileManager.default.subpathsOfDirectory(atPath: copy.path).sorted()
      let files = try texts(in: copy)
      let made = try skeleton("ledger", in: copy)
      let error = #expect(throws: ToolError.self) { try made.write() }
      #expect(error?.description.hasPrefix("cannot write Tests/Services/LedgerTests/") == true)
      #expect(error?.description.hasSuffix("the other files are as they were") == true)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: copy.path).sorted() == before)
      #expect(try texts(in: copy) == files)

      try FileManager.default.removeItem(at: copy.appendingPathComponent("Tests"))
      _ = try made.write()
    }
  }

  @Test(arguments: [
    ("deploy/access.yaml", "edge: people keep their items", "edge: people keep what they have"),
    ("deploy/fleet.yaml", "port: 8087\n", "port: 8087 # moved\n"),
  ])
  func `a service whose lines were changed stays, and remove says what to do`(
    _ path: String, _ old: String, _ new: String
  ) throws {
    try withCopy { copy in
      _ = try skeleton("ledger", in: copy).write()
      let file = copy.appendingPathComponent(path)
      let text = try String(contentsOf: file, encoding: .utf8)
      let changed = text.replacing(old, with: new)
      try #require(changed != text)
      try Data(changed.utf8).write(to: file)
      let before = try texts(in: copy)
      let error = #expect(throws: ToolError.self) {
        try ServiceSkeleton.existing(try SkeletonNames("ledger"), in: copy).remove(force: true)
      }
      let start = "\(path) was changed where it has the service: the lines from 'ledger:' on"
      #expect(error?.description.hasPrefix(start) == true, "\(String(describing: error))")
      #expect(error?.description.contains("Undo that change and repeat the command") == true)
      #expect(try texts(in: copy) == before)
    }
  }
}
