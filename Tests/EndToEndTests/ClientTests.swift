import Foundation
import Testing

/// Other clients on the fleet's database: each under the accounts of the services, as `docs/clients.md` describes.
@Suite struct ClientTests {
  private static let accounts = ["backend-api-rw", "connector-rw", "twitch-trigger", "analytics-ro"]

  /// The clients from PyPI: a script in `Fixtures/Clients` and its arguments.
  private static let clients: [[String]] = [
    ["sqlalchemy_client.py", "psycopg"], ["sqlalchemy_client.py", "psycopg2"], ["psycopg_client.py"],
    ["pydal_client.py"],
  ]

  @Test
  func `SQLAlchemy, psycopg and PyDAL read and write as each account, and are refused beyond its rights`()
    async throws
  {
    try await Deployment.with(.servers, prepared: true) { deployment in
      for client in Self.clients {
        for account in Self.accounts {
          let output = try await run(
            client: client, deployment.databaseVariables(account: account), in: deployment)
          #expect(output.status == 0, "\(client) as \(account): \(output.out)\(output.err)")
        }
      }
    }
  }

  /// Programs with the packages that `make test` unpacks, and what they need to find them. One process serves all accounts.
  private static let runtimes: [(command: [String], variables: [String: String])] = [
    (["java", "-cp", newer("java/postgresql.jar"), client("JdbcClient.java")], [:]),
    (["node", client("node_postgres_client.js")], ["NODE_PATH": newer("nodejs")]),
    ([tool("venv/bin/go"), "run", client("gorm_client.go")], go),
  ]

  private static let go = [
    "GOPATH": newer("gocode"), "GOCACHE": tool("go-cache"), "GO111MODULE": "off", "GOTOOLCHAIN": "local",
    "CGO_ENABLED": "0", "GOENV": "off",
  ]

  /// What `make test` unpacks or installs for them.
  private static let unpacked = [
    newer("java/postgresql.jar"), newer("nodejs/pg"), newer("nodejs/split2"), newer("nodejs/xtend"),
    newer("gocode/src/github.com/jinzhu/gorm"), newer("gocode/src/github.com/jinzhu/inflection"),
    newer("gocode/src/github.com/lib/pq"), newer("gocode/src/github.com/go-sql-driver/mysql"),
    tool("venv/bin/go"),
  ]

  @Test
  func `JDBC, node-postgres and GORM read and write as each account, and are refused beyond its rights`()
    async throws
  {
    try await Deployment.with(.servers, prepared: true) { deployment in
      for (command, variables) in Self.runtimes { try await run(command, variables, in: deployment) }
    }
  }

  /// Runs a program with the name and the password file of each account.
  private func run(
    _ command: [String], _ variables: [String: String], in deployment: Deployment
  ) async throws {
    let missing = Self.unpacked.filter { !FileManager.default.fileExists(atPath: $0) }
    try #require(missing.isEmpty, "not there: \(missing); run make test")
    let logins = try Self.accounts.flatMap { account in
      [account, try #require(deployment.databaseVariables(account: account)["DB_PASS_FILE"])]
    }
    let server = try deployment.databaseVariables(account: Self.accounts[0])
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"), command + logins,
      environment: server.merging(variables) { $1 }, in: deployment.folder)
    #expect(output.status == 0, "\(command): \(output.out)\(output.err)")
  }

  private static func newer(_ path: String) -> String { tool("newer/usr/share/\(path)") }

  private static func tool(_ path: String) -> String {
    Program.checkout.appendingPathComponent(".tools/\(path)").path
  }

  @Test func `psql works as each account, in UTC, and is refused beyond its rights`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      for account in Self.accounts {
        let session = try await deployment.psql(as: account, "SHOW timezone")
        #expect(session.out.contains("UTC"), "\(account): \(session.out)\(session.err)")
        let described = try await deployment.psql(as: account, #"\d users"#)
        #expect(described.status == 0 && described.out.contains("fs_uniquifier"), "\(described.err)")
        let refused = try await deployment.psql(as: account, "TRUNCATE users")
        #expect(refused.status != 0 && refused.err.contains("permission denied"), "\(refused.out)")
      }
    }
  }

  @Test func `on SQLite, SQLAlchemy reads what is stored, and PyDAL reads booleans as integers`() async throws
  {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      let file = deployment.folder.appendingPathComponent("app_db.db").path
      let output = try await run(client: ["sqlite_clients.py", file], [:], in: deployment)
      #expect(output.status == 0, "\(output.out)\(output.err)")
    }
  }

  @Test func `on MariaDB, SQLAlchemy, PyDAL and GORM read and write through the views of each account`()
    async throws
  {
    try await useViews(on: .mariadb)
  }

  @Test(.enabled(if: Engine.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `on MySQL, SQLAlchemy, PyDAL and GORM read and write through the views of each account`() async throws
  {
    try await useViews(on: .mysql)
  }

  private func useViews(on engine: Engine) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      for account in Self.accounts {
        let output = try await run(
          client: ["mariadb_clients.py"], deployment.databaseVariables(account: account), in: deployment)
        #expect(output.status == 0, "\(account): \(output.out)\(output.err)")
      }
      try await run(
        [Self.tool("venv/bin/go"), "run", Self.client("gorm_mariadb_client.go")], Self.go, in: deployment)
    }
  }

  private func run(
    client: [String], _ variables: [String: String], in deployment: Deployment
  ) async throws -> Program.Output {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    // Without the variable Python would write compiled files beside the scripts.
    return try await Program.run(
      URL(fileURLWithPath: python), [Self.client(client[0])] + client.dropFirst(),
      environment: variables.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }, in: deployment.folder)
  }

  private static func client(_ name: String) -> String {
    Program.checkout.appendingPathComponent("Tests/EndToEndTests/Fixtures/Clients/\(name)").path
  }
}
