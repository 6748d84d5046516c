import Schema
import Yams

extension ManifestParser {
  /// Whether the service may be granted anything on the table at all.
  mutating func mayBeGranted(_ table: ManifestWord, to owner: GrantOwner) {
    switch (owner, owners[table.text]) {
    case (.everyone, .service(let name)):
      reader.report(
        table.node, "table '\(table.text)' is owned by '\(name)': it cannot be granted to everyone")
    case (.service(let draft, _, _), .service(let name)):
      let isOwn = name == draft.name || name == draft.partOf?.text
      if !isOwn, !draft.reaches.contains(where: { $0.table.text == table.text }) {
        reader.report(
          table.node,
          "'\(draft.name)' is granted table '\(table.text)' of '\(name)' without saying so: add it to 'reaches'"
        )
      }
    case (.everyone, .shared), (.everyone, .administrator), (.service, .shared), (.service, .administrator),
      (_, nil):
      break
    }
  }

  /// Whether this verb may be granted on this table to this account.
  mutating func check(_ placed: PlacedGrant, for owner: GrantOwner) {
    let grant = placed.grant
    checkTable(placed)
    switch owner {
    case .everyone:
      if grant.verb.isWrite { reader.report(placed.node, "everyone may be granted select alone") }
    case .service(_, let level, let everyone):
      if everyone.contains(where: { $0.table == grant.table && $0.verb == grant.verb }) {
        reader.report(
          placed.node, "'\(grant.verb.rawValue)' on '\(grant.table)' is already granted to everyone")
      }
      checkLevel(level, placed)
    }
  }

  private mutating func checkTable(_ placed: PlacedGrant) {
    let grant = placed.grant
    switch owners[grant.table] {
    case .shared(appendOnly: true) where grant.verb == .update || grant.verb == .delete:
      reader.report(
        placed.node, "table '\(grant.table)' is append-only: '\(grant.verb.rawValue)' cannot be granted")
    case .administrator where grant.verb.isWrite:
      reader.report(
        placed.node, "table '\(grant.table)' is the administrator's: it may be granted for select alone")
    case .shared, .administrator, .service, nil:
      break
    }
  }

  private mutating func checkLevel(_ level: AccessLevel, _ placed: PlacedGrant) {
    let grant = placed.grant
    guard grant.verb.isWrite else { return }
    switch level {
    case .readOnly:
      reader.report(
        placed.node, "the account is read-only: '\(grant.verb.rawValue)' on '\(grant.table)' is beyond it")
    case .scopedReadWrite where grant.rows == nil:
      reader.report(
        placed.node,
        "the account is scoped: '\(grant.verb.rawValue)' on '\(grant.table)' must be limited to rows of its own"
      )
    case .scopedReadWrite, .readWrite:
      break
    }
  }

  /// A scoped update or delete names its rows by reading them, so without select it could never be used, and the
  /// proof could not tell it from a denied one.
  mutating func checkScopedWritesCanRead(_ grants: [PlacedGrant]) {
    let readable = grants.first { $0.grant.verb == .select }?.grant
    for placed in grants where placed.grant.verb == .update || placed.grant.verb == .delete {
      guard let scope = placed.grant.rows else { continue }
      if readable?.columns.contains(scope.column) != true {
        reader.report(
          placed.node,
          "'\(placed.grant.verb.rawValue)' within rows needs select on column '\(scope.column)' as well")
      }
    }
  }
}

/// What may stand as the value of a row scope.
enum RowScopeRule {
  /// What is wrong with `value` as a scope on `column`, or `nil`.
  static func problem(with value: String, in column: ColumnDefinition) -> String? {
    switch column.type {
    case .varchar(let length) where value.utf8.count > length:
      return "'\(value)' is longer than column '\(column.name)'"
    case .varchar, .text:
      break
    case .bigint, .integer, .boolean, .char, .json, .timestamp, .date:
      return "column '\(column.name)' cannot scope rows: it must be a varchar or text"
    }
    if let allowed = column.allowedValues, !allowed.contains(value) {
      return "column '\(column.name)' never holds '\(value)'\(Spelling.hint(for: value, among: allowed))"
    }
    let isPlain = value.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
    }
    return isPlain ? nil : "the value of a row scope must consist of a-z, 0-9, '-' and '_'"
  }
}
