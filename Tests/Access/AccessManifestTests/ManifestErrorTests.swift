import Foundation
import TestSupport
import Testing

@testable import AccessManifest

/// One error in the fleet's manifest, with the expected message and line.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: String
  let old: String
  let new: String
  /// A part of the line that the message must name.
  let at: String
  let message: String

  var testDescription: String { name }
}

@Suite struct ManifestErrorTests {
  /// The twitch trigger's grant on its rows.
  private static let scopedTwitch =
    "select, insert, update, delete: { rows: { platform: twitch }, allow: { shared-writers: the connector owns them } }"

  static let mistakes: [Mistake] = [
    Mistake(
      name: "a secret that two services hold", old: "secrets: { webhook-key: seals",
      new: "secrets: { token-key: seals", at: "secrets: { token-key: seals",
      message: "secret 'token-key' is declared twice, first in line"),
    Mistake(
      name: "a secret without a purpose", old: "webhook-key: seals the secrets of webhooks at rest",
      new: "webhook-key:", at: "webhook-key:",
      message: "the purpose of secret 'webhook-key' must be a non-empty text"),
    Mistake(
      name: "an unknown side of the network", old: "      outside: events", new: "      outsde: events",
      at: "outsde: events", message: "network has no key 'outsde'; did you mean 'outside'?"),
    Mistake(
      name: "an unknown table", old: "settings: [select", new: "setings: [select", at: "setings: [select",
      message: "unknown table 'setings'; did you mean 'settings'?"),
    Mistake(
      name: "an unknown column", old: "[id, active,", new: "[id, activ,", at: "[id, activ,",
      message: "table 'users' has no column 'activ'; did you mean 'active'?"),
    Mistake(
      name: "an unknown verb", old: "users: [select, insert", new: "users: [select, inser",
      at: "users: [select, inser", message: "unknown verb 'inser'; did you mean 'insert'?"),
    Mistake(
      name: "a repeated verb", old: "users: [select, insert", new: "users: [select, select",
      at: "users: [select, select", message: "grants on 'users' names 'select' twice"),
    Mistake(
      name: "an account declared twice", old: "account: connector-rw", new: "account: backend-api-rw",
      at: "account: backend-api-rw\n      level: read-write\n      limits: { connections: 40, statement: 5s, "
        + "idle_in_transaction: 10s }\n      grants:\n        integrations",
      message: "account 'backend-api-rw' is declared twice, first in line"),
    Mistake(
      name: "a cache account named like a database account", old: "account: connector-cache",
      new: "account: connector-rw", at: "cache: { account: connector-rw",
      message: "account 'connector-rw' is declared twice, first in line"),
    Mistake(
      name: "an account name that an engine would misread", old: "account: connector-rw",
      new: "account: \"Connector rw\"", at: "\"Connector rw\"",
      message: "account 'Connector rw' must have 2 to 48"),
    Mistake(
      name: "a table without an owner", old: "owns: [users, sessions, settings, user_tokens,",
      new: "owns: [users, sessions, user_tokens,",
      at: "version: 1", message: "table 'settings' has no owner"),
    Mistake(
      name: "a manifest of an older release, which lacks new tables",
      old: "owns: [users, sessions, settings, user_tokens, backend_idempotency_keys]",
      new: "owns: [users, sessions, settings]", at: "version: 1",
      message: "tables 'user_tokens', 'backend_idempotency_keys' have no owner: if the manifest is older than"
    ),
    Mistake(
      name: "another time zone", old: "time_zone: UTC", new: "time_zone: Asia/Kathmandu",
      at: "time_zone: Asia",
      message: "time_zone must be UTC, in which every time is stored"),
    Mistake(
      name: "a table with two owners", old: "owns: [rollups]", new: "owns: [rollups, webhooks]",
      at: "owns: [rollups, webhooks]", message: "table 'webhooks' already belongs to service 'connector'"),
    Mistake(
      name: "an owner that differs from the schema's", old: "owns: [rollups]",
      new: "owns: []\n  rollup-keeper:\n    owns: [rollups]", at: "owns: [rollups]",
      message: "the owner of table 'rollups' differs from the schema, where it is 'analytics'"),
    Mistake(
      name: "a grant on another service's table without a reach", old: "        integrations: [select",
      new: "        users: [select]\n        integrations: [select",
      at: "users: [select]\n        integrations",
      message: "'connector' has a grant on table 'users' of 'backend-api': add the table to 'reaches'"),
    Mistake(
      name: "a reach without a grant",
      old: "      sessions: counts sign-ins by day; never", new: "      settings: x\n      sessions: never",
      at: "      settings: x",
      message: "'analytics' reaches table 'settings' but has no grant on it"),
    Mistake(
      name: "a reach for the service's own table", old: "      users: counts members by day, role",
      new: "      rollups: mine\n      users: counts members", at: "      rollups: mine",
      message: "table 'rollups' belongs to the service itself: remove it from 'reaches'"),
    Mistake(
      name: "a row scope on an unknown column", old: "rows: { platform: twitch }",
      new: "rows: { plattform: twitch }",
      at: "plattform: twitch", message: "table 'platform_integrations' has no column 'plattform'"),
    Mistake(
      name: "a row scope on a column without text", old: "rows: { platform: twitch }",
      new: "rows: { id: 1 }",
      at: "rows: { id: 1 }", message: "column 'id' cannot scope rows: its type must be varchar or text"),
    Mistake(
      name: "a row scope with a value that would need quoting", old: "rows: { platform: twitch }",
      new: "rows: { platform: \"tw'itch\" }", at: "tw'itch",
      message: "the value of a row scope may contain only"),
    Mistake(
      name: "a row scope longer than its column", old: "rows: { platform: twitch }",
      new: "rows: { platform: \(String(repeating: "t", count: 33)) }", at: "ttttt",
      message: "is longer than column 'platform'"),
    Mistake(
      name: "two row scopes on one grant", old: "rows: { platform: twitch }",
      new: "rows: { platform: twitch, channel: x }", at: "platform: twitch, channel",
      message: "rows must name exactly one column and its value"),
    Mistake(
      name: "columns on a delete", old: "select: { columns: [id, active,",
      new: "delete: { columns: [id, active,",
      at: "delete: { columns", message: "'delete' takes no columns"),
    Mistake(
      name: "a write by a read-only account", old: "        rollups: [select]",
      new: "        rollups: [select, insert]",
      at: "rollups: [select, insert]\n",
      message: "the account is read-only: 'insert' on 'rollups' exceeds its level"),
    Mistake(
      name: "an unscoped write by a scoped account", old: "insert: { rows: { source: twitch-trigger } }",
      new: "insert: all", at: "insert: all",
      message: "the account is scoped: 'insert' on 'events' must be limited"),
    Mistake(
      name: "a scoped update without select on the scope's column",
      old: "select, insert, update, delete: { rows: { platform: twitch",
      new: "insert, update: { rows: { platform: twitch", at: "insert, update: { rows",
      message: "'update' within rows also needs select on column 'platform'"),
    Mistake(
      name: "an update of an append-only table", old: "events: [select]", new: "events: [select, update]",
      at: "events: [select, update]", message: "table 'events' is append-only: 'update' cannot be granted"),
    Mistake(
      name: "a delete on an append-only table", old: "events: [select]", new: "events: [select, delete]",
      at: "events: [select, delete]", message: "table 'events' is append-only: 'delete' cannot be granted"),
    Mistake(
      name: "an update by a read-only account", old: "        rollups: [select]",
      new: "        rollups: [select, update]", at: "rollups: [select, update]\n",
      message: "the account is read-only: 'update' on 'rollups' exceeds its level"),
    Mistake(
      name: "a delete by a read-only account", old: "        rollups: [select]",
      new: "        rollups: [select, delete]", at: "rollups: [select, delete]\n",
      message: "the account is read-only: 'delete' on 'rollups' exceeds its level"),
    Mistake(
      name: "an unscoped delete by a scoped account",
      old: scopedTwitch,
      new: "select, insert, update: { rows: { platform: twitch } }\n          delete: all", at: "delete: all",
      message: "the account is scoped: 'delete' on 'platform_integrations' must be limited"),
    Mistake(
      name: "an unscoped update by a scoped account",
      old: scopedTwitch,
      new: "select, insert, delete: { rows: { platform: twitch } }\n          update: all", at: "update: all",
      message: "the account is scoped: 'update' on 'platform_integrations' must be limited"),
    Mistake(
      name: "a scoped delete whose select leaves the scope's column out",
      old: scopedTwitch,
      new:
        "select: { columns: [id], rows: { platform: twitch } }\n          delete: { rows: { platform: twitch } }",
      at: "delete: { rows", message: "'delete' within rows also needs select on column 'platform'"),
    Mistake(
      name: "a write by everyone", old: "  schema_migrations: [select]",
      new: "  schema_migrations: [select]\n  events: [insert]", at: "events: [insert]",
      message: "'everyone' may have only select"),
    Mistake(
      name: "a limit of no time", old: "statement: 60s", new: "statement: 0ms", at: "statement: 0ms",
      message: "'statement' must be a duration from 1ms to 60min (500ms, 5s, 2min), not '0ms'"),
    Mistake(
      name: "a limit of more than an hour", old: "statement: 60s", new: "statement: 61min",
      at: "statement: 61min",
      message: "'statement' must be a duration from 1ms to 60min (500ms, 5s, 2min), not '61min'"),
    Mistake(
      name: "a write on the administrator's table", old: "  schema_migrations: [select]",
      new: "  schema_migrations: [insert]", at: "schema_migrations: [insert]",
      message: "table 'schema_migrations' belongs to the administrator"),
    Mistake(
      name: "an unknown level", old: "level: read-only", new: "level: readonly", at: "level: readonly",
      message: "unknown level 'readonly': expected one of 'read-only', 'read-write', 'scoped read-write'"),
    Mistake(
      name: "a limit that is no duration", old: "statement: 60s", new: "statement: never",
      at: "statement: never",
      message: "'statement' must be a duration from 1ms to 60min (500ms, 5s, 2min), not 'never'"),
    Mistake(
      name: "no connections at all", old: "connections: 40", new: "connections: 0", at: "connections: 0",
      message: "'connections' must be a whole number from 1 to 1000, not '0'"),
    Mistake(
      name: "a missing limit", old: "{ connections: 40, statement: 5s, idle_in_transaction: 10s }",
      new: "{ connections: 40, idle_in_transaction: 10s }", at: "{ connections: 40, idle_in",
      message: "limits lacks 'statement'"),
    Mistake(
      name: "keys of another service", old: "\"connector:*\": read-write", new: "\"backend-api:*\": read",
      at: "connector-cache, keys",
      message: "keys 'backend-api:*' do not belong to 'connector': expected 'connector:*'"),
    Mistake(
      name: "a key pattern without its colon", old: "\"connector:*\"", new: "\"connector*\"",
      at: "\"connector*\"",
      message: "keys 'connector*' do not belong to 'connector'"),
    Mistake(
      name: "an unknown access to keys", old: "\"analytics:*\": read }", new: "\"analytics:*\": reed }",
      at: "reed }",
      message: "unknown access 'reed': expected 'read' or 'read-write'"),
    Mistake(
      name: "a part of an unknown service", old: "part_of: analytics #", new: "part_of: analytic #",
      at: "part_of: analytic #", message: "unknown service 'analytic'; did you mean 'analytics'?"),
    Mistake(
      name: "an unknown user of an account", old: "used_by: people #", new: "used_by: robots #",
      at: "used_by: robots #",
      message: "unknown user 'robots': expected 'people', or no 'used_by' for a program"),
    Mistake(
      name: "a secret of a person's account", old: "used_by: people #",
      new: "secrets: { key: opens }\n    used_by: people #", at: "secrets: { key: opens }",
      message: "'secrets' is for programs, and this account is used by people: remove it"),
    Mistake(
      name: "an unknown key", old: "    reaches:\n      users", new: "    reches:\n      users",
      at: "reches:",
      message: "service 'analytics' has no key 'reches'; did you mean 'reaches'?"),
    Mistake(
      name: "a repeated key", old: "        sessions: [select, insert",
      new: "        users: [select]\n        sessions: [select, insert",
      at: "        users: [select]\n        sessions",
      message: "'users' occurs twice in the same mapping"),
    Mistake(
      name: "a repeated key with another tag", old: "        sessions: [select, insert",
      new: "        !hidden users: [select]\n        sessions: [select, insert",
      at: "!hidden users", message: "'users' occurs twice in the same mapping"),
    Mistake(
      name: "an anchor", old: "events: { append_only", new: "events: &hidden { append_only", at: "&hidden",
      message: "anchors and aliases are not allowed"),
    Mistake(
      name: "invalid YAML", old: "owns: [rollups]", new: "owns: [rollups",
      at: "reaches:\n      users: counts members by day, role",
      message: "is not YAML"),
    Mistake(
      name: "an unknown version", old: "version: 1", new: "version: 2", at: "version: 2",
      message: "'version' must be a whole number from 1 to 1, not '2'"),
  ]

  @Test(.timeLimit(.minutes(1)))
  func `nested aliases are refused without expanding them`() {
    let levels = 12
    var text = "a0: &a0 [x]\n"
    for level in 1...levels {
      let items = repeatElement("*a\(level - 1)", count: 10).joined(separator: ",")
      text += "a\(level): &a\(level) [\(items)]\n"
    }
    #expect(throws: ManifestErrors.self) { try AccessManifest.parse(text) }
  }

  @Test(arguments: mistakes)
  func `an error is reported with its line`(_ mistake: Mistake) throws {
    let line = try #require(ManifestText.line(of: mistake.at, replacing: mistake.old, with: mistake.new))
    let problems = ManifestText.problems(replacing: mistake.old, with: mistake.new)
    let hit = problems.contains { $0.hasPrefix("access.yaml:\(line): ") && $0.contains(mistake.message) }
    #expect(hit, "line \(line): \(mistake.message)\nbut got:\n\(problems.joined(separator: "\n"))")
  }

  @Test func `all errors are reported at once, in the order of their lines`() {
    let text = ManifestText.ofTheFleet
      .replacing("append_only: true", with: "append_only: maybe")
      .replacing("level: read-only", with: "level: free")
      .replacing("\"analytics:*\": read }", with: "\"*\": read }")
    let problems = ManifestText.problems(text)
    // Two tables are append-only, and two accounts are read-only.
    #expect(problems.count == 5)
    let lines = problems.compactMap { Int($0.split(separator: ":")[1]) }
    #expect(lines == lines.sorted())
  }

  @Test(arguments: [
    ("keys: { \"connector", "keyz: { \"connector"), ("\nservices:", "\nservicez:"),
    ("version: 1", "version: 1\nschema: lvie"),
  ])
  func `one misspelled word is one error`(_ old: String, _ new: String) {
    let text = ManifestText.ofTheFleet
    #expect(text.contains(old))
    let problems = ManifestText.problems(text.replacing(old, with: new, maxReplacements: 1))
    #expect(problems.count == 1, "\(problems.joined(separator: "\n"))")
  }

  @Test func `an unknown table among the reaches is one error`() {
    let problems = ManifestText.problems(
      replacing: "    reaches:\n      users:", with: "    reaches:\n      userz:")
    #expect(problems.count { $0.contains("'userz'") } == 1, "\(problems.joined(separator: "\n"))")
  }

  @Test func `a missing file is an error and not an empty manifest`() {
    let errors = #expect(throws: ManifestErrors.self) {
      try AccessManifest.load(path: "/nowhere/access.yaml")
    }
    #expect(errors?.description == "/nowhere/access.yaml: cannot be read")
  }

  @Test func `a file that is larger than a manifest may be is refused`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.yaml")
    let padding = String(
      repeating: "#", count: AccessManifest.maximumBytes - ManifestText.ofTheFleet.utf8.count)
    try (ManifestText.ofTheFleet + padding).write(toFile: path, atomically: true, encoding: .utf8)
    _ = try AccessManifest.load(path: path)
    try (ManifestText.ofTheFleet + padding + "#").write(toFile: path, atomically: true, encoding: .utf8)
    let errors = #expect(throws: ManifestErrors.self) { try AccessManifest.load(path: path) }
    #expect(errors?.description.contains("is larger than") == true)
  }

  @Test(arguments: ["", "[]", "just words", "\u{0}", "services: {}"])
  func `a text without a manifest is refused`(_ text: String) {
    #expect(!ManifestText.problems(text).isEmpty)
  }
}
