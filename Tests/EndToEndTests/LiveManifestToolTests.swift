import Foundation
import JSON
import Testing

/// The tool on a database that was not made here, beside a cache: from the import to a person's access.
@Suite struct LiveManifestToolTests {
  private static let schema = """
    CREATE SCHEMA sales; \
    CREATE TABLE sales.orders (id bigserial PRIMARY KEY, state text NOT NULL, total int NOT NULL); \
    CREATE TABLE sales.notes (id bigserial PRIMARY KEY, channel text NOT NULL); \
    CREATE ROLE shop_web LOGIN; GRANT USAGE ON SCHEMA sales TO shop_web; \
    GRANT SELECT (id, state), UPDATE (state) ON sales.orders TO shop_web; GRANT SELECT ON sales.notes TO shop_web
    """

  @Test(.timeLimit(.minutes(8)))
  func `a database of others is imported, completed by a cache, linted, proven, and opened to a person`()
    async throws
  {
    try await Deployment.with(.servers) { deployment in
      let servers = try #require(deployment.servers)
      try await Self.expectUnmigrated(deployment)
      let owner = deployment.folder.appendingPathComponent("owner").path
      try "the owner's password".write(toFile: owner, atomically: true, encoding: .utf8)
      for sql in [
        "CREATE ROLE shop_owner LOGIN CREATEROLE PASSWORD 'the owner''s password'",
        "CREATE DATABASE shop OWNER shop_owner",
      ] { _ = try await deployment.superuser(of: servers, sql) }
      _ = try await deployment.superuser(of: servers, in: "shop", "SET ROLE shop_owner; \(Self.schema)")
      let manifest = deployment.folder.appendingPathComponent("shop.yaml").path
      let shop = Shop(
        deployment: deployment, servers: servers, manifest: manifest,
        settings: [
          "DB_NAME": "shop", "DB_USER": "shop_owner", "DB_PASS_FILE": owner, "ACCESS_MANIFEST": manifest,
        ])
      try await shop.expectImport()
      try await shop.expectNoCache()
      try await shop.expectCache()
      try await shop.expectLint()
      try await shop.expectPersons()
    }
  }

  /// Before the first migration, each command that needs a table says what to run.
  private static func expectUnmigrated(_ deployment: Deployment) async throws {
    try await deployment.succeed(["access", "credentials"])
    let file = deployment.folder.appendingPathComponent("early").path
    for (words, status) in [
      (["verify"], 2), (["plan"], 2), (["apply"], 1), (["prove"], 1),
      (
        ["open", "ada", "--like", "analytics-ro", "--for", "1h", "--reason", "x", "--password-file", file], 1
      ),
    ] as [([String], Int32)] {
      let answer = try await deployment.bulkhead(["access"] + words)
      let text = answer.out + answer.err
      #expect(
        answer.status == status && text.contains("run `bulkhead migrate up` first"), "\(words): \(text)")
      #expect(!text.contains("relation"), "\(words): \(text)")
    }
    #expect(!FileManager.default.fileExists(atPath: file))
    for words in [["close", "ada"], ["lint", "--live"], ["rotate", "analytics-ro"]] {
      let answer = try await deployment.bulkhead(["access"] + words)
      #expect(!(answer.out + answer.err).contains("relation"), "\(words): \(answer.out)\(answer.err)")
    }
  }

  @Test func `an engine without accounts has nothing to import, and gives persons no logins`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      let answer = try await deployment.bulkhead(["access", "import"])
      #expect(answer.status == 1 && answer.err.contains("access import does not read"), "\(answer.err)")
      try await deployment.expectNoPersons()
    }
  }
}

/// The parts of the test, which share one pair of servers.
private struct Shop {
  let deployment: Deployment
  let servers: ServersUnderTest
  let manifest: String
  let settings: [String: String]

  private func access(_ words: [String]) async throws -> Program.Output {
    try await deployment.bulkhead(["access"] + words, with: settings)
  }

  private func expect(_ status: Int32, _ words: String..., says part: String = "") async throws {
    let answer = try await access(words)
    #expect(answer.status == status, "\(words): \(answer.out)\(answer.err)")
    #expect((answer.out + answer.err).contains(part) || part.isEmpty, "\(words): \(answer.out)\(answer.err)")
  }

  private func holds(_ condition: String) async throws -> Bool {
    try await deployment.superuser(of: servers, in: "shop", "SELECT \(condition)").hasPrefix("t")
  }

  /// A file that exists is overwritten only when that is wanted, and a wrong target or selection is named.
  func expectImport() async throws {
    try await expect(0, "import", "--to", manifest, says: "wrote \(manifest)")
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    #expect(text.contains("sales.orders:") && text.contains("account: shop_web"))
    try "# an operator's own\n\(text)".write(toFile: manifest, atomically: true, encoding: .utf8)
    try await expect(1, "import", "--to", manifest, says: "exists: pass --force to overwrite it")
    #expect(try String(contentsOfFile: manifest, encoding: .utf8).hasPrefix("# an operator's own"))
    try await expect(0, "import", "--to", manifest, "--force")
    #expect(try String(contentsOfFile: manifest, encoding: .utf8) == text)
    let nowhere = deployment.folder.appendingPathComponent("nowhere/x.yaml").path
    try await expect(1, "import", "--to", nowhere, says: "cannot write \(nowhere)")
    try await expect(
      1, "import", "--schema", "sale", says: "no schema 'sale' with tables; did you mean 'sales'?")
    try await expect(
      1, "import", "--role", "shop_wed", says: "no login role 'shop_wed'; did you mean 'shop_web'?")
    let printed = try await access(["import", "--schema", "sales", "--role", "shop_web"])
    #expect(printed.out.trimmingCharacters(in: .newlines) == text.trimmingCharacters(in: .newlines))
  }

  /// Without an administrator of the cache, no setting of a cache is read: the commands of docs/adopt.md, step by step.
  func expectNoCache() async throws {
    let answer = try await access(["import", "--json"])
    let document = try JSONCoding.decode(JSONValue.self, from: Array(answer.out.utf8))
    #expect(document["manifest"]?.string?.contains("account: shop_web") == true, "\(answer.out)")
    var environment = settings
    environment["CACHE_TYPE"] = "redis"
    environment["CACHE_HOST"] = "cache.invalid"
    environment["CREDENTIALS_DIR"] = deployment.folder.appendingPathComponent("shop-credentials").path
    for (words, status) in [("credentials", 0), ("plan", 2), ("verify", 2)] as [(String, Int32)] {
      let answer = try await deployment.bulkhead(["access", words], with: environment)
      #expect(
        answer.status == status && !answer.out.contains("Redis"), "\(words): \(answer.out)\(answer.err)")
      #expect(
        !(answer.out + answer.err).lowercased().contains("cache"), "\(words): \(answer.out)\(answer.err)")
    }
    try await expect(1, "verify", "--only", "cache", says: "the manifest has no cache")
  }

  /// A live manifest has a cache section as any other.
  func expectCache() async throws {
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
      .replacing("account: shop_owner }", with: "account: shop_owner }\n  cache: { account: cache-admin }")
      .replacing(
        "  shop_web:\n",
        with: "  shop_web:\n    cache: { account: shop-web-cache, keys: { \"shop_web:*\": read-write } }\n")
    try text.write(toFile: manifest, atomically: true, encoding: .utf8)
    try await expect(0, "credentials")
    try await expect(2, "plan", says: "cache account shop-web-cache does not exist")
    try await expect(0, "apply")
    try await expect(0, "verify", "--only", "shop-web-cache", says: "database: left out by --only")
    try await expect(0, "plan")
    let proven = try await access(["prove", "--json"])
    #expect(proven.status == 0, "\(proven.out)\(proven.err)")
    let report = try JSONCoding.decode(JSONValue.self, from: Array(proven.out.utf8))
    #expect((report["cache_cells"]?.integer ?? 0) > 20 && (report["database_cells"]?.integer ?? 0) > 20)
    try await expectCacheAlone()
  }

  /// The tables of the manifest are those of a database that is down, and the cache has its turn all the same.
  private func expectCacheAlone() async throws {
    let down = settings.merging(["DB_PORT": "1", "DB_MAX_RETRIES": "1"]) { $1 }
    for command in ["verify", "plan", "apply"] {
      let answer = try await deployment.bulkhead(["access", command], with: down)
      #expect(answer.status == 1 && answer.out.contains("Redis: "), "\(command): \(answer.out)\(answer.err)")
      #expect(answer.err.contains("PostgreSQL: the database "), "\(command): \(answer.err)")
    }
    let proven = try await deployment.bulkhead(["access", "prove", "--json"], with: down)
    #expect(proven.status == 1, "\(proven.out)\(proven.err)")
    let report = try JSONCoding.decode(JSONValue.self, from: Array(proven.out.utf8))
    #expect((report["cache_cells"]?.integer ?? 0) > 20 && report["violations"]?.integer == 0)
    #expect(report["failures"]?.array?.compactMap { $0["engine"]?.string } == ["PostgreSQL"])
  }

  /// The tables of other schemas are found by the names that the manifest has for them.
  func expectLint() async throws {
    let clean = try await access(["lint", "--live"])
    #expect(!clean.out.contains("on the whole table"), "\(clean.out)\(clean.err)")
    _ = try await deployment.superuser(
      of: servers, in: "shop", "SET ROLE shop_owner; GRANT SELECT ON sales.orders TO shop_web")
    try await expect(
      2, "lint", "--live",
      says: "shop_web holds select on the whole table sales.orders beside its column grant")
    try await expect(0, "apply", says: "steps applied")
  }

  func expectPersons() async throws {
    let file = deployment.folder.appendingPathComponent("ada").path
    let opening = ["--for", "1h", "--reason", "incident 7", "--password-file", file]
    let wrong = try await access(["open", "ada", "--grants", "sales.order:select"] + opening)
    #expect(wrong.status == 1 && wrong.err.contains("did you mean 'sales.orders'?"), "\(wrong.err)")
    let opened = try await access(["open", "ada", "--grants", "sales.notes:select,insert"] + opening)
    #expect(opened.status == 0, "\(opened.err)")
    #expect(try await holds("has_table_privilege('ada', 'sales.notes', 'INSERT')"))
    #expect(try await !holds("has_any_column_privilege('ada', 'sales.orders', 'SELECT')"))
    try await expect(0, "verify", says: "ada is open until")
    try await expect(0, "apply")
    let closed = try await access(["close", "ada", "--json"])
    #expect(try JSONCoding.decode(JSONValue.self, from: Array(closed.out.utf8))["person"]?.string == "ada")
    #expect(try await !holds("EXISTS (SELECT FROM pg_roles WHERE rolname = 'ada')"))

    try FileManager.default.removeItem(atPath: file)
    let second = try await access(["open", "bob", "--like", "shop_web", "--json"] + opening)
    #expect(second.status == 0, "\(second.err)")
    let answer = try JSONCoding.decode(JSONValue.self, from: Array(second.out.utf8))
    #expect(
      answer["person"]?.string == "bob" && answer["until"]?.string?.hasSuffix("UTC") == true, "\(second.out)")
    #expect(try await holds("has_column_privilege('bob', 'sales.orders', 'state', 'UPDATE')"))
    _ = try await deployment.superuser(of: servers, "ALTER ROLE bob VALID UNTIL 'yesterday'")
    try await expect(2, "verify", says: "the access of bob ended at ")
    try await expect(0, "apply")
    #expect(try await !holds("EXISTS (SELECT FROM pg_roles WHERE rolname = 'bob')"))
    try await expect(0, "verify")
  }
}
