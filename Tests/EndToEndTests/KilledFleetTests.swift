import Foundation
import TestSupport
import Testing

/// What a `bulkhead up` that is killed leaves, and a second one beside the first.
@Suite struct KilledFleetTests {
  @Test func `the members of a killed up stop, and the next up starts and keeps their logs`() async throws {
    try await FleetUnderTest.with(.embedded) { fleet in
      let log = fleet.folder.appendingPathComponent(".bulkhead/logs/connector.log")
      let before = try String(contentsOf: log, encoding: .utf8)
      fleet.up.kill()
      #expect(try await fleet.up.ends())
      let client = Client(base: "http://127.0.0.1:\(fleet.firstPort)")
      try await eventually("the members stop") {
        for number in 0..<6 {
          let member = Client(base: "http://127.0.0.1:\(fleet.firstPort + number)")
          if (try? await member.send(.get, "/livez")) != nil { return false }
        }
        return true
      }
      #expect((try? await client.send(.get, "/livez")) == nil)
      let next = try await fleet.bulkhead("up", "--once", "--first-port", "\(fleet.firstPort)")
      #expect(next.status == 0, "\(next.out)\(next.err)")
      let kept = try String(contentsOfFile: log.path + ".1", encoding: .utf8)
      #expect(kept.hasPrefix(before) && kept.contains("\"stopped\""), "\(kept.suffix(500))")
    }
  }

  @Test func `a second up in the same folder is refused with the number of the first`() async throws {
    try await FleetUnderTest.with(.embedded) { fleet in
      let port = try FreePorts.consecutive(8)
      let log = fleet.folder.appendingPathComponent(".bulkhead/logs/backend-api.log")
      let before = try String(contentsOf: log, encoding: .utf8)
      let second = try await fleet.bulkhead("up", "--once", "--first-port", "\(port)")
      #expect(second.status == 1)
      #expect(
        second.err.contains("another bulkhead up (process \(fleet.up.identifier)) uses the folder .bulkhead"),
        "\(second.err)")
      #expect(try String(contentsOf: log, encoding: .utf8).hasPrefix(before))
      let samePort = try await fleet.bulkhead("up", "--once", "--first-port", "\(fleet.firstPort)")
      #expect(samePort.err.contains("the address of backend-api, process "), "\(samePort.err)")
      #expect(samePort.err.contains(/process \d+ \(backend-api\)/), "\(samePort.err)")
    }
  }

  @Test func `a shell with the settings of another fleet reaches this one after reading its file`()
    async throws
  {
    try await FleetUnderTest.with(.embedded) { fleet in
      let shell = { (command: String) in
        try await Program.run(
          URL(fileURLWithPath: "/bin/sh"),
          ["-c", ". .bulkhead/fleet.env; cd /; \"$0\" \(command)", Program.named("bulkhead").path],
          environment: [
            "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/other", "DB_PASS": "hush", "CACHE_HOST": "nowhere",
            "FIRST_PORT": "1",
          ], in: fleet.folder)
      }
      for command in ["health", "migrate check", "access verify"] {
        let output = try await shell(command)
        #expect(output.status == 0, "\(command): \(output.out)\(output.err)")
      }
    }
  }

  @Test func `up --reset deletes no file that has a table of others or that a fleet uses`() async throws {
    try await FleetUnderTest.with(.embedded) { fleet in
      let port = try FreePorts.consecutive(8)
      let file = fleet.folder.appendingPathComponent("app_db.db").path
      let other = ["CREDENTIALS_DIR": fleet.folder.appendingPathComponent("second/credentials").path]
      let used = try await fleet.deployment.bulkhead(
        ["up", "--once", "--reset", "--first-port", "\(port)"], with: other)
      #expect(used.status == 1)
      #expect(used.err.contains("app_db.db was not deleted: process "), "\(used.err)")
      #expect(FileManager.default.fileExists(atPath: file))
    }
    try await Deployment.with(.embedded) { deployment in
      try await deployment.succeed(["migrate", "up"])
      let python = try #require(
        ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
      let made = try await Program.run(
        URL(fileURLWithPath: python),
        ["-c", "import sqlite3; sqlite3.connect('app_db.db').execute('CREATE TABLE customers (id)')"],
        environment: [:], in: deployment.folder)
      #expect(made.status == 0, "\(made.err)")
      let port = try FreePorts.consecutive(8)
      let refused = try await deployment.bulkhead(["up", "--once", "--reset", "--first-port", "\(port)"])
      #expect(refused.status == 1 && refused.err.contains("it has customers"), "\(refused.err)")
      let status = try await deployment.bulkhead(["migrate", "check"])
      #expect(!status.err.contains("there is no database file"))
    }
  }
}
