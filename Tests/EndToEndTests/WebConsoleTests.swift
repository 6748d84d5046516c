import Foundation
import HTTP
import JSON
import TestSupport
import Testing

/// `bulkhead console` on real engines.
@Suite(.serialized) struct WebConsoleTests {
  @Test(arguments: Engine.allCases)
  func `an attempt has the engine's own words, and the matrix is proven cell by cell`(_ engine: Engine)
    async throws
  {
    try await Deployment.with(engine, prepared: true) { deployment in
      try await ConsoleUnderTest.with(deployment) { console in
        let denied = try await console.attempt("connector-rw", "select", "users", "email")
        #expect(denied.status == 200, "\(denied.text)")
        #expect(denied.json["cell"]?["answer"]?["outcome"]?.string == "denied", "\(denied.text)")
        #expect(
          denied.json["cell"]?["answer"]?["message"]?.string?.contains("users") == true, "\(denied.text)")
        #expect(denied.json["cell"]?["statement"]?.string?.contains("email") == true, "\(denied.text)")
        let allowed = try await console.attempt("backend-api-rw", "select", "users", "email")
        #expect(allowed.json["cell"]?["answer"]?["outcome"]?.string == "allowed", "\(allowed.text)")
        #expect(try await console.attempt("no-account", "select", "users", "email").status == 422)
        #expect(try await console.attempt("backend-api-rw", "select", "users", "\"; DROP").status == 422)
        #expect(try await console.attempt("backend-api-rw", "truncate", "users", "email").status == 422)

        let declared = try await console.client.send(.get, "/api/matrix")
        #expect(declared.json["proven"]?["time"] == nil, "\(declared.text)")
        #expect(try await console.client.send(.post, "/api/proof", [:]).status == 202)
        try await eventually("the matrix is proven", withinMilliseconds: 120_000) {
          try await console.client.send(.get, "/api/matrix").json["proven"]?["time"]?.string != nil
        }
        let proven = try await console.client.send(.get, "/api/matrix")
        #expect(proven.json["proven"]?["violations"]?.array?.isEmpty == true, "\(proven.text)")
        let path = "/api/cells?side=database&account=connector-rw&object=users"
        let cells = try #require(try await console.client.send(.get, path).json["cells"]?.array)
        #expect(cells.count > 20 && cells.allSatisfy { $0["statement"]?.string?.isEmpty == false })
      }
    }
  }

  @Test(arguments: Engine.allCases)
  func `a drift made by hand appears, with the plan that mends it, which only a permission applies`(
    _ engine: Engine
  ) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      try await ConsoleUnderTest.with(deployment, "--allow-changes") { changing in
        try await ConsoleUnderTest.with(deployment) { console in
          #expect(try await console.client.send(.get, "/api/drift").json["clean"]?.bool == true)
          try await deployment.widenByHand()
          try await eventually("the drift appears") {
            let drift = try await console.client.send(.get, "/api/drift")
            return drift.json["clean"]?.bool == false && drift.text.contains("connector-rw")
          }
          let plan = try await console.client.send(.get, "/api/plan")
          let digest = try #require(plan.json["digest"]?.string)
          #expect(plan.text.contains("connector-rw"), "\(plan.text)")
          let apply: JSONValue = ["plan": .string(digest)]
          #expect(try await console.client.send(.post, "/api/plan", apply).status == 403)
          #expect(try await console.client.send(.get, "/api/drift").json["clean"]?.bool == false)
          #expect(
            try await changing.client.send(.post, "/api/plan", ["plan": "of another day"]).status == 409)
          let applied = try await changing.client.send(.post, "/api/plan", apply)
          #expect(applied.status == 200, "\(applied.text)")
          #expect(try await changing.client.send(.get, "/api/drift").json["clean"]?.bool == true)
        }
      }
    }
  }

  @Test func `only this run's token opens an answer, under a name of loopback, and none has a secret`()
    async throws
  {
    try await Deployment.with(.servers, prepared: true) { deployment in
      try await ConsoleUnderTest.with(deployment) { console in
        var stranger = console.client
        stranger.token = nil
        #expect(try await stranger.send(.get, "/").status == 200)
        let paths = ["overview", "rights", "fleet", "drift", "plan", "events", "matrix"].map { "/api/\($0)" }
        var seen = ""
        for path in paths {
          #expect(try await stranger.send(.get, path).status == 401, "\(path)")
          let answer = try await console.client.send(.get, path)
          #expect(answer.status == 200, "\(path): \(answer.text)")
          seen += answer.text
        }
        for change in ["proof", "attempts", "plan"] {
          #expect(try await stranger.send(.post, "/api/\(change)", [:]).status == 401, "\(change)")
          #expect(try await console.client.send(.get, "/api/\(change)x").status == 404)
        }
        // A form of another page can send this type without a question.
        let form = try await console.client.send(.post, "/api/proof", nil, ["Content-Type": "text/plain"])
        #expect(form.status == 415)
        seen += try await console.attempt("connector-rw", "select", "users", "password").text
        let folder = deployment.folder.appendingPathComponent(".bulkhead/credentials")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count > 10)
        for file in files {
          let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
          let password = text.trimmingCharacters(in: .whitespacesAndNewlines)
          #expect(!password.isEmpty && !seen.contains(password), "the password of \(file)")
        }
        #expect(!seen.contains(console.client.token ?? ""))
        #expect(try await console.refusedName() == "403")
      }
    }
  }

  @Test func `Ctrl-C during a proof leaves no row, and ends the console in order`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      let console = try await ConsoleUnderTest(deployment, [])
      // The proof waits for its rows' table, which another session holds.
      let holder = try deployment.startPsql(
        "SET client_connection_check_interval = '1s'; BEGIN; LOCK TABLE platform_integrations; SELECT pg_sleep(600)"
      )
      try await eventually("the table is held") {
        try await deployment.superuser(
          of: servers,
          "SELECT count(*) > 0 FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'"
            + " AND relation = 'platform_integrations'::regclass") == "t\n"
      }
      #expect(try await console.client.send(.post, "/api/proof", [:]).status == 202)
      try await eventually("the proof runs, and another one is refused") {
        try await console.client.send(.post, "/api/proof", [:]).status == 409
      }
      console.program.interrupt()
      holder.kill()
      #expect(try await console.program.ends())
      #expect(console.program.status == 0, "\(console.program.err)")
      let left = "SELECT count(*) FROM platform_integrations WHERE channel LIKE 'bulkhead-probe-%'"
      #expect(try await deployment.superuser(of: servers, left) == "0\n")
    }
  }

  @Test func `a taken port is an error, and no option listens on another address`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      try await ConsoleUnderTest.with(deployment) { console in
        let port = try #require(console.client.base.split(separator: ":").last)
        let second = try await deployment.bulkhead(["console", "--port", String(port)])
        #expect(second.status == 1 && second.err.contains("cannot listen on 127.0.0.1:\(port)"))
        #expect(try await deployment.bulkhead(["console", "--host", "0.0.0.0"]).status == 64)
      }
    }
  }
}

/// A running console and a client with its token.
private struct ConsoleUnderTest {
  let program: Started
  let client: Client

  init(_ deployment: Deployment, _ arguments: [String]) async throws {
    let program = try Started(
      Program.named("bulkhead"), ["console"] + arguments, environment: deployment.environment,
      in: deployment.folder)
    self.program = program
    do {
      try await eventually("the console prints its link") {
        guard program.isRunning else { throw Program.Failure("console: \(program.err)") }
        return program.out.contains("/#") && program.out.hasSuffix("\n")
      }
    } catch {
      program.kill()
      throw error
    }
    let parts = program.out.split(separator: "\n")[0].components(separatedBy: "/#")
    client = Client(base: parts[0], token: parts[1])
  }

  static func with(
    _ deployment: Deployment, _ arguments: String..., body: (ConsoleUnderTest) async throws -> Void
  ) async throws {
    let console = try await ConsoleUnderTest(deployment, arguments)
    do {
      try await body(console)
    } catch {
      console.program.kill()
      throw error
    }
    console.program.interrupt()
    #expect(try await console.program.ends())
    #expect(console.program.status == 0, "\(console.program.err)")
  }

  func attempt(
    _ account: String, _ verb: String, _ table: String, _ column: String
  ) async throws -> Client.Answer {
    try await client.send(
      .post, "/api/attempts",
      [
        "account": .string(account), "verb": .string(verb), "table": .string(table),
        "column": .string(column),
      ])
  }

  /// The status of a request with the token under the name of another site; our client cannot send one.
  func refusedName() async throws -> String {
    try await Program.run(
      URL(fileURLWithPath: "/usr/bin/curl"),
      [
        "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header",
        "Host: attacker.example", "--header", "Authorization: Bearer \(client.token ?? "")",
        client.base + "/api/drift",
      ], in: FileManager.default.temporaryDirectory
    ).out
  }
}

extension Deployment {
  /// Lets connector-rw read the users, past the manifest.
  fileprivate func widenByHand() async throws {
    if engine == .mariadb {
      try await mariadb(["GRANT SELECT ON app_db.users TO `connector-rw`@`%`"])
      return
    }
    if let servers {
      _ = try await superuser(of: servers, "GRANT SELECT ON users TO \"connector-rw\"")
      return
    }
    let change = """
      import json, sqlite3
      database = sqlite3.connect('app_db.db', timeout=30)
      query = "SELECT rights FROM bulkhead_rights WHERE account = 'connector-rw'"
      rights = json.loads(database.execute(query).fetchone()[0])
      rights['tables']['users'] = {'select': {}}
      database.execute("UPDATE bulkhead_rights SET rights = ? WHERE account = 'connector-rw'", [json.dumps(rights)])
      database.commit()
      """
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/python3"), ["-c", change], in: folder)
    guard output.status == 0 else { throw Program.Failure("python: \(output.err)") }
  }
}

extension FleetTests {
  /// What `bulkhead up` prints for a newcomer.
  @Suite struct NewcomerTests {
    @Test(arguments: Engine.allCases)
    func `up prints its page, its logs, and how another terminal reaches the fleet`(_ engine: Engine)
      async throws
    {
      let fleet = try FleetTrait.fleet(engine)
      let lines = fleet.up.out.split(separator: "\n")
      let link = try #require(lines.first { $0.hasPrefix("See it:") }?.split(separator: " ").last)
      let parts = link.components(separatedBy: "/#")
      let page = Client(base: parts[0], token: parts[1])
      let answer = try await page.send(.get, "/api/fleet")
      #expect(answer.json["members"]?.array?.count == 6, "\(answer.text)")
      for member in answer.json["members"]?.array ?? [] {
        #expect(member["ready"]?.bool == true, "\(answer.text)")
        #expect(member["pool"]?["open"]?.integer != nil, "\(answer.text)")
      }
      #expect(try await page.send(.post, "/api/plan", ["plan": ""]).status == 403)
      #expect(lines.contains { $0.hasPrefix("Stop it:") } && lines.contains { $0.hasPrefix("Logs:") })

      let person = try await fleet.member("newcomer")
      let events = try await page.send(.get, "/api/events")
      #expect(events.text.contains("user.created") && !events.text.contains(person.email), "\(events.text)")
      let promoted = try await Program.run(
        URL(fileURLWithPath: "/bin/sh"),
        [
          "-c", ". .bulkhead/fleet.env && exec \"$0\" promote \"$1\"", Program.named("bulkhead").path,
          person.email,
        ],
        in: fleet.folder)
      #expect(promoted.status == 0, "\(promoted.err)")
      #expect(promoted.out.contains("\(person.email) is an operator"))
    }
  }
}
