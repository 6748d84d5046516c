import Foundation
import JSON
import TestSupport
import Testing

extension FleetTests {
  /// A deletion at backend-api arrives at the connector, which shares no table with it.
  @Suite struct DeletionTests {
    @Test(arguments: Engine.allCases)
    func `a deleted user's integrations and webhooks are removed by the connector`(
      _ engine: Engine
    ) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let member = try await fleet.member()
      let mine = fleet.connector.with(token: member.token)
      let made = try await mine.send(
        .post, "/v1/integrations", ["provider": "github", "external_account": "ada"])
      #expect(made.status == 201)
      for number in 0..<2 {
        let hook: JSONValue = [
          "url": .string("https://example.org/\(number)"), "event_types": ["setting.removed"],
        ]
        #expect(try await mine.send(.post, "/v1/webhooks", hook).status == 201)
      }
      let gone = try await fleet.api.with(token: member.token).send(
        .delete, "/v1/users/\(member.id)", ["current_password": "correct horse battery"])
      #expect(gone.status == 204)
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      try await eventually("the connector's event", withinMilliseconds: engine.eventMilliseconds) {
        let events = try await reader.send(.get, "/v1/events?type=owner.removed&limit=200").json["items"]?
          .array
        let removed =
          events?.filter { $0["subject"]?.string == "\(member.id)" }.compactMap { $0["payload"] } ?? []
        // One sweep removes all, also where events wait for minutes.
        return removed.map { [$0["integrations"]?.integer, $0["webhooks"]?.integer] } == [[1, 2]]
      }
    }
  }
}

/// The connector ends in the middle of a removal.
@Suite struct InterruptedDeletionTests {
  private static let deliveries = 60_000
  @Test(arguments: Engine.allCases)
  func `a connector that is killed in the middle of a removal finishes it when it runs again`(
    _ engine: Engine
  ) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      try await Self.fill(deployment)
      // An event waits for minutes where the engine reports no open writers, in each new process.
      let (wanted, patience) = (engine.reportsOpenWriters ? 2 : 1, engine.eventMilliseconds)
      var killed = 0
      for _ in 0..<3 {
        let before = try await Self.number("webhook_deliveries", in: deployment)
        // A process can finish between the look at its progress and the kill.
        if before == 0 { break }
        let connector = try Self.start(on: deployment)
        let isUnderWay = try await eventually(withinMilliseconds: patience) {
          try await Self.number("webhook_deliveries", in: deployment) < before
        }
        connector.kill()
        #expect(isUnderWay, "\(connector.err)")
        if try await Self.number("webhook_deliveries", in: deployment) > 0 { killed += 1 }
        if killed == wanted { break }
      }
      #expect(killed > 0, "no process was killed before the removal was over")
      let last = try Self.start(on: deployment)
      let isDone = try await eventually(withinMilliseconds: patience) {
        // The other consumers have passed the event before.
        let passed = "connector_offsets WHERE consumer = 'deleted-users' AND position >= 1"
        return try await Self.number(passed, in: deployment) == 1
      }
      last.interrupt()
      _ = try await last.ends()
      #expect(isDone, "\(last.err)")
      #expect(try await Self.number("webhook_deliveries", in: deployment) == 0)
      #expect(try await Self.number("webhooks WHERE owner_id = 1", in: deployment) == 0)
      #expect(try await Self.number("integrations WHERE owner_id = 1", in: deployment) == 0)
      #expect(try await Self.number("webhooks WHERE owner_id = 2", in: deployment) == 1)
      #expect(try await Self.number("connector_set_aside_events", in: deployment) == 0)
    }
  }

  private static func start(on deployment: Deployment) throws -> Started {
    var variables = try deployment.databaseVariables(account: "connector-rw")
    variables["CACHE_TYPE"] = "memory"
    variables["HTTP_PORT"] = "\(try FreePorts.consecutive(1))"
    variables["WEBHOOK_KEY"] = Data(count: 32).base64EncodedString()
    // No request needs a token here.
    variables["JWKS_URL"] = "http://127.0.0.1:1/"
    return try Started(Program.named("connector"), [], environment: variables, in: deployment.folder)
  }

  /// The rows of a deleted user with many deliveries, and of another user.
  private static func fill(_ deployment: Deployment) async throws {
    let numbers =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(deliveries)) SELECT"
    for statement in [
      "INSERT INTO integrations (owner_id, provider, external_account) VALUES (1, 'github', 'ada')",
      "INSERT INTO webhooks (owner_id, url, secret) VALUES (1, 'https://example.org', 'sealed')",
      "INSERT INTO webhooks (owner_id, url, secret) VALUES (2, 'https://example.org', 'sealed')",
      "INSERT INTO webhook_deliveries (webhook_id, event_id) \(numbers) 1, i FROM n",
      "INSERT INTO events (type, source, subject) VALUES ('user.deleted', 'backend-api', '1')",
    ] { _ = try await sql(statement, in: deployment) }
  }

  private static func number(_ rows: String, in deployment: Deployment) async throws -> Int {
    let text = try await sql("SELECT count(*) FROM \(rows)", in: deployment)
    guard let number = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw Program.Failure("no number: \(text)")
    }
    return number
  }

  /// Runs a statement as the administrator, or with a client of the file.
  private static func sql(_ statement: String, in deployment: Deployment) async throws -> String {
    let output: Program.Output
    if deployment.servers == nil {
      let python = try #require(
        ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
      let script = """
        import sqlite3, sys
        with sqlite3.connect("app_db.db", timeout=60) as file:
            print(*[row[0] for row in file.execute(sys.argv[1])])
        """
      output = try await Program.run(
        URL(fileURLWithPath: python), ["-c", script, statement], in: deployment.folder)
    } else if deployment.engine == .mariadb {
      // Each look is a process of its own, and the event waits for minutes.
      try await Task.sleep(for: .milliseconds(500))
      // The server's own time zone is another one.
      let settings = ["USE app_db", "SET time_zone = '+00:00'", "SET max_recursive_iterations = 1000000"]
      return try await deployment.mariadb(settings + [statement])
    } else {
      output = try await deployment.psql(as: "migrate-admin", statement)
    }
    guard output.status == 0 else { throw Program.Failure("\(statement): \(output.err)") }
    return output.out
  }
}
