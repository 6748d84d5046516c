import Foundation

/// A database and a cache in a folder of their own, and the operator's tool for them, without any service.
struct Deployment: Sendable {
  let engine: Engine
  let folder: URL
  let servers: ServersUnderTest?

  /// Starts the servers that the engine needs and bootstraps them; `preparing` runs before the bootstrap, and returns
  /// the settings that replace those of the superuser.
  static func start(
    _ engine: Engine, durable: Bool = false, bootstraps: Bool = true,
    preparing: ((Deployment, ServersUnderTest) async throws -> [String: String])? = nil
  ) async throws -> Deployment {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bulkhead-\(UUID().uuidString)")
    // The servers run as an unprivileged user, which needs access to their folders.
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    let servers =
      engine.needed.isEmpty
      ? nil : try await ServersUnderTest.start(engine.needed, in: folder, durable: durable)
    let deployment = Deployment(engine: engine, folder: folder, servers: servers)
    do {
      if let servers, bootstraps {
        try await deployment.bootstrap(servers, with: try await preparing?(deployment, servers) ?? [:])
      }
    } catch {
      await deployment.stop()
      throw error
    }
    return deployment
  }

  /// Starts a deployment, prepares it where that is wanted, runs `body`, and stops it, even when `body` throws.
  static func with(
    _ engine: Engine, prepared: Bool = false, durable: Bool = false,
    preparing: ((Deployment, ServersUnderTest) async throws -> [String: String])? = nil,
    _ body: (Deployment) async throws -> Void
  ) async throws {
    let deployment = try await start(engine, durable: durable, preparing: preparing)
    do {
      if prepared { try await deployment.prepare() }
      try await body(deployment)
    } catch {
      await deployment.stop()
      throw error
    }
    await deployment.stop()
  }

  /// Creates tables, credentials and rights, so that services can start.
  func prepare() async throws {
    for arguments in [["migrate", "up"], ["access", "credentials"], ["access", "apply"]] {
      try await succeed(arguments)
    }
  }

  func stop() async {
    await servers?.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs the operator's tool as migrate-admin.
  func bulkhead(
    _ arguments: [String], with changed: [String: String] = [:]
  ) async throws -> Program.Output {
    try await Program.run(
      Program.named("bulkhead"), arguments, environment: environment.merging(changed) { $1 }, in: folder)
  }

  /// Runs the tool, and throws where it does not succeed.
  func succeed(_ arguments: [String]) async throws {
    let output = try await bulkhead(arguments)
    guard output.status == 0 else {
      throw Program.Failure(
        "bulkhead \(arguments) ended with \(output.status):\n\(output.out)\n\(output.err)")
    }
  }

  /// Runs a statement with psql as `account`.
  func psql(as account: String, _ statement: String) async throws -> Program.Output {
    guard let servers else { throw Program.Failure("the embedded engine has no psql") }
    return try await psql(statement, on: servers, as: account, passwordFile: credential(account))
  }

  /// Runs a statement with psql as the superuser of a database server, and returns its output.
  func superuser(
    of servers: ServersUnderTest, in database: String = "app_db", _ statement: String
  ) async throws -> String {
    let output = try await psql(
      statement, on: servers, in: database, as: try servers.value("POSTGRES_SUPERUSER"),
      passwordFile: try servers.value("POSTGRES_PASSWORD_FILE"))
    guard output.status == 0 else { throw Program.Failure("psql: \(output.err)") }
    return output.out
  }

  private func psql(
    _ statement: String, on servers: ServersUnderTest, in database: String = "app_db", as account: String,
    passwordFile: String
  ) async throws -> Program.Output {
    try await Program.run(
      URL(fileURLWithPath: try servers.value("POSTGRES_PSQL")),
      ["--no-psqlrc", "--tuples-only", "--no-align", "--command", statement],
      environment: try Self.psqlVariables(servers, account, passwordFile, in: database), in: folder)
  }

  /// Starts psql as the administrator, with statements that hold a lock or a snapshot. It has no time limit: the caller
  /// kills it, and the server then ends its session.
  func startPsql(_ statements: String) throws -> Started {
    guard let servers else { throw Program.Failure("the embedded engine has no psql") }
    let commands = statements.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    return try Started(
      URL(fileURLWithPath: try servers.value("POSTGRES_PSQL")),
      ["--no-psqlrc"] + commands.flatMap { ["--command", $0] },
      environment: try Self.psqlVariables(servers, "migrate-admin", credential("migrate-admin")), in: folder)
  }

  private static func psqlVariables(
    _ servers: ServersUnderTest, _ account: String, _ passwordFile: String, in database: String = "app_db"
  ) throws -> [String: String] {
    let password = try String(contentsOfFile: passwordFile, encoding: .utf8)
    return [
      "PGHOST": try servers.value("POSTGRES_HOST"), "PGPORT": try servers.value("POSTGRES_PORT"),
      "PGDATABASE": database, "PGUSER": account, "PGCONNECT_TIMEOUT": "60",
      "PGPASSWORD": password.trimmingCharacters(in: .whitespacesAndNewlines),
    ]
  }

  /// The variables for a connection to the database as `account`.
  func databaseVariables(account: String) throws -> [String: String] {
    guard let servers, let database = engine.database else {
      return ["DB_TYPE": "sqlite", "DB_USER": account]
    }
    return [
      "DB_TYPE": database.type,
      "DB_HOST": try servers.variables["HOSTS"] ?? servers.value("\(database.prefix)_HOST"),
      "DB_PORT": try servers.value("\(database.prefix)_PORT"), "DB_NAME": "app_db", "DB_USER": account,
      "DB_PASS_FILE": credential(account),
    ].merging(encryption) { $1 }
  }

  /// The settings of a server that is reached over TLS alone.
  private var encryption: [String: String] {
    guard engine == .mysql, let file = servers?.variables["MYSQL_CA_FILE"] else { return [:] }
    return ["DB_TLS": "verify-full", "DB_CA_FILE": file]
  }

  func credential(_ account: String) -> String {
    folder.appendingPathComponent(".bulkhead/credentials/\(account)").path
  }

  /// The tool's settings: only the manifest's path on the embedded engine.
  var environment: [String: String] {
    var variables = ["ACCESS_MANIFEST": Program.checkout.appendingPathComponent("deploy/access.yaml").path]
    for (part, server) in [("DB", engine.database), ("CACHE", engine.cache)] {
      guard let servers, let server else { continue }
      variables["\(part)_TYPE"] = server.type
      let hosts = part == "DB" ? servers.variables["HOSTS"] : nil
      variables["\(part)_HOST"] = hosts ?? servers.variables["\(server.prefix)_HOST"]
      variables["\(part)_PORT"] = servers.variables["\(server.prefix)_PORT"]
    }
    if engine.database != nil, engine.cache == nil { variables["CACHE_TYPE"] = "memory" }
    return variables.merging(encryption) { $1 }
  }

  private func bootstrap(_ servers: ServersUnderTest, with changed: [String: String]) async throws {
    if engine.isOfMySQLFamily { try await dropAccountOfTests() }
    let variables = try bootstrapVariables(servers).merging(changed) { $1 }
    let output = try await Program.run(
      Program.named("bulkhead"), ["bootstrap"], environment: variables, in: folder)
    guard output.status == 0 else { throw Program.Failure("bootstrap: \(output.out)\n\(output.err)") }
  }

  /// The settings of the engines' first accounts.
  func bootstrapVariables(_ servers: ServersUnderTest) throws -> [String: String] {
    var variables = environment
    if let database = engine.database {
      variables["DB_USER"] = try servers.value("\(database.prefix)_SUPERUSER")
      variables["DB_PASS_FILE"] = try servers.value("\(database.prefix)_PASSWORD_FILE")
    }
    if let cache = engine.cache {
      variables["CACHE_USER"] = try servers.value("\(cache.prefix)_ADMIN")
      variables["CACHE_PASS_FILE"] = try servers.value("\(cache.prefix)_ADMIN_PASSWORD_FILE")
    }
    return variables
  }
}
