import AccessManifest
import AccessProof

extension EscapeAttempts {
  /// PostgreSQL: the schema, other roles, the server, and each table's own definition.
  package static let postgreSQL = EscapeAttempts(
    changesRowsAtCursors: true, keepsIdentities: true, strangers: ["postgres", "bulkhead-stranger"],
    concurrentAccounts: 4,
    rowGuard: .postgreSQL, residues: PostgresResidues.all, survey: PostgresSurvey.reader
  ) { account, others, manifest in
    let tables = manifest.tables.filter { !$0.isView }.map(\.name).sorted()
    let isStrict = !manifest.isLive || manifest.scope.mode == .strict
    let further = manifest.databaseAccount(named: account)?.also ?? []
    let all =
      (isStrict ? inSchema + ofServer + withheld : withoutPublics + ofServer) + aroundGrants
      + channels(account, manifest) + toRole(account)
      + others.flatMap { becoming($0, from: account) }
      + tables.flatMap { onTable($0, isLive: manifest.isLive) }
      + manifest.rowScopedTables.map(withoutRowSecurity)
    return further.isEmpty ? all : all.filter { attempt in !further.contains { attempt.tries($0) } }
  }

  /// What PUBLIC may do by default in a database that others made is theirs to close, unless the manifest is strict.
  private static let withoutPublics = inSchema.filter { !$0.isOn("database", [temporaryTable]) }

  private static let temporaryTable = "create temporary table"

  private static let inSchema: [Attempt] = [
    Attempt(
      object: "schema public", verb: "create table", sql: "CREATE TABLE public.bulkhead_probe (id int)"),
    Attempt(
      object: "schema public", verb: "create view",
      sql: "CREATE VIEW public.bulkhead_probe AS SELECT 1 AS one"),
    Attempt(
      object: "schema public", verb: "create function",
      sql: "CREATE FUNCTION public.bulkhead_probe() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    Attempt(object: "schema public", verb: "create sequence", sql: "CREATE SEQUENCE public.bulkhead_probe"),
    Attempt(
      object: "schema public", verb: "create type", sql: "CREATE TYPE public.bulkhead_probe AS (one int)"),
    Attempt(object: "database", verb: "create schema", sql: "CREATE SCHEMA bulkhead_probe"),
    Attempt(
      object: "database", verb: temporaryTable,
      sql: "CREATE TEMPORARY TABLE bulkhead_probe (id int)"),
  ]

  private static let ofServer: [Attempt] = [
    Attempt(object: "server", verb: "create role", sql: "CREATE ROLE \"bulkhead-probe\""),
    Attempt(
      object: "server", verb: "read password verifiers", sql: "SELECT rolpassword FROM pg_authid LIMIT 1"),
    Attempt(object: "server", verb: "read a file", sql: "SELECT pg_read_file('PG_VERSION')"),
    Attempt(object: "server", verb: "list files", sql: "SELECT pg_ls_dir('.')"),
    Attempt(object: "server", verb: "run a program", sql: "COPY (SELECT 1) TO PROGRAM 'true'"),
    Attempt(object: "server", verb: "write a file", sql: "COPY (SELECT 1) TO '/dev/null'"),
    Attempt(object: "server", verb: "stop logging", sql: "SET LOCAL log_statement = 'none'"),
    Attempt(object: "server", verb: "stop triggers", sql: "SET LOCAL session_replication_role = 'replica'"),
  ]

  /// One attempt for each function that the fleet withholds. A lock that is granted all the same is released again,
  /// because the lock of a session outlives a rollback.
  private static let withheld: [Attempt] =
    [
      calling("lo_create", on: "database", "lo_create(0)"),
      calling("lo_creat", on: "database", "lo_creat(-1)"),
      calling("lo_from_bytea", on: "database", "lo_from_bytea(0, 'bulkhead-probe')"),
      calling("pg_logical_emit_message", "pg_logical_emit_message(true, 'bulkhead-probe', ''::text)"),
      calling("pg_export_snapshot", "pg_export_snapshot()"),
    ]
    + WithheldFunctions.advisoryLocks.map { name in
      let release =
        name.contains("xact")
        ? "" : ", pg_advisory_unlock\(name.hasSuffix("_shared") ? "_shared" : "")(\(probeKey))"
      return calling(name, "\(name)(\(probeKey))\(release)")
    }

  private static func calling(_ name: String, on object: String = "server", _ call: String) -> Attempt {
    Attempt(object: object, verb: WithheldFunctions.verb(of: name), sql: "SELECT \(call)")
  }

  /// The key of advisory locks that the proof tries to take.
  private static let probeKey: Int64 = 0x6275_6C6B_7072_6F62

  private static func toRole(_ account: String) -> [Attempt] {
    let name = PostgresSQL.identifier(account)
    return [
      Attempt(object: account, verb: "become superuser", sql: "ALTER ROLE \(name) SUPERUSER"),
      Attempt(object: account, verb: "bypass row security", sql: "ALTER ROLE \(name) BYPASSRLS"),
      Attempt(
        object: account, verb: "lift the connection limit", sql: "ALTER ROLE \(name) CONNECTION LIMIT -1"),
      Attempt(object: "pg_read_all_data", verb: "join", sql: "GRANT pg_read_all_data TO \(name)"),
    ]
  }

  private static func becoming(_ other: String, from account: String) -> [Attempt] {
    [
      Attempt(object: other, verb: "set role", sql: "SET LOCAL ROLE \(PostgresSQL.identifier(other))"),
      Attempt(
        object: other, verb: "set session authorization",
        sql: "SET LOCAL SESSION AUTHORIZATION \(PostgresSQL.identifier(other))"),
      Attempt(
        object: other, verb: "join",
        sql: "GRANT \(PostgresSQL.identifier(other)) TO \(PostgresSQL.identifier(account))"),
      Attempt(
        object: other, verb: "set password", sql: "ALTER ROLE \(PostgresSQL.identifier(other)) PASSWORD NULL"),
    ]
  }

  private static func onTable(_ table: String, isLive: Bool) -> [Attempt] {
    let name = PostgresObject.table(table).qualified
    let definition = [
      Attempt(object: table, verb: "alter", sql: "ALTER TABLE \(name) ADD COLUMN bulkhead_probe int"),
      Attempt(object: table, verb: "drop", sql: "DROP TABLE \(name)"),
      Attempt(object: table, verb: "truncate", sql: "TRUNCATE \(name)"),
      Attempt(object: table, verb: "create index", sql: "CREATE INDEX ON \(name) ((1))"),
      Attempt(
        object: table, verb: "create trigger",
        sql: "CREATE TRIGGER bulkhead_probe BEFORE UPDATE ON \(name) FOR EACH ROW "
          + "EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
      Attempt(
        object: table, verb: "switch row security off", sql: "ALTER TABLE \(name) DISABLE ROW LEVEL SECURITY"),
      Attempt(
        object: table, verb: "create policy", sql: "CREATE POLICY bulkhead_probe ON \(name) USING (true)"),
    ]
    // The right on a serial column's sequence follows from the right to insert, and drawing is not rolled back.
    if isLive { return definition }
    return definition + [
      Attempt(
        object: table, verb: "draw from its sequence",
        sql: "SELECT nextval(pg_get_serial_sequence('public.\(table)', 'id'))")
    ]
  }

  /// `row_security = off` does not bypass policies: the server then denies the query instead of filtering its rows.
  private static func withoutRowSecurity(_ table: String) -> Attempt {
    Attempt(
      object: table, verb: "select without row security", preparation: ["SET LOCAL row_security = off"],
      sql: "SELECT 1 FROM \(PostgresObject.table(table).qualified)")
  }
}

extension EscapeAttempts.Attempt {
  /// Whether a declared right allows the attempt.
  fileprivate func tries(_ right: FurtherRight) -> Bool {
    switch right.privilege {
    case "TRUNCATE": isOn(right.name, ["truncate", "lock"])
    case "TRIGGER": isOn(right.name, ["create trigger"])
    case "CREATE":
      isOn("schema \(right.name)", ["create table", "create view", "create function"])
        || isOn("schema \(right.name)", ["create sequence", "create type"])
        || isOn(right.kind.rawValue, ["create schema"])
    case "TEMPORARY": isOn(right.kind.rawValue, ["create temporary table"])
    default: false
    }
  }
}
