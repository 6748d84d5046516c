import Schema
import Yams

extension ManifestParser {
  /// Reports a grant on a table that belongs to a service which the grantee does not reach.
  mutating func checkOwner(of table: ManifestWord, for owner: GrantOwner) {
    guard case .service(let name)? = owners[table.text] else { return }
    switch owner {
    case .everyone:
      reader.report(
        table.place, "table '\(table.text)' belongs to '\(name)': it cannot be granted to everyone")
    case .service(let draft, _, _):
      let isOwn = name == draft.name || name == draft.partOf?.text
      if !isOwn, !draft.reaches.contains(where: { $0.table.text == table.text }) {
        reader.report(
          table.place,
          "'\(draft.name)' has a grant on table '\(table.text)' of '\(name)': add the table to 'reaches', with a reason"
        )
      }
    }
  }

  /// Reports a grant that the table's owner or the account's level does not allow.
  mutating func check(_ placed: PlacedGrant, for owner: GrantOwner) {
    let grant = placed.grant
    checkTable(placed)
    switch owner {
    case .everyone:
      if grant.verb.isWrite { reader.report(placed.place, "'everyone' may have only select") }
    case .service(_, let level, let everyone):
      if everyone.contains(where: { $0.table == grant.table && $0.verb == grant.verb }) {
        reader.report(
          placed.place, "'\(grant.verb.rawValue)' on '\(grant.table)' is already granted to everyone")
      }
      checkLevel(level, placed)
    }
  }

  private mutating func checkTable(_ placed: PlacedGrant) {
    if let refusal = owners[placed.grant.table]?.refusal(of: placed.grant.verb, on: placed.grant.table) {
      reader.report(placed.place, refusal)
    }
  }

  private mutating func checkLevel(_ level: AccessLevel, _ placed: PlacedGrant) {
    let grant = placed.grant
    guard grant.verb.isWrite else { return }
    switch level {
    case .readOnly:
      reader.report(
        placed.place,
        "the account is read-only: '\(grant.verb.rawValue)' on '\(grant.table)' exceeds its level")
    case .scopedReadWrite where grant.rows == nil:
      reader.report(
        placed.place,
        "the account is scoped: '\(grant.verb.rawValue)' on '\(grant.table)' must be limited to its own rows"
      )
    case .scopedReadWrite, .readWrite:
      break
    }
  }

  /// Reports a scoped update or delete without select on the scope's column.
  ///
  /// Such a statement reads the column to find its rows. Without select the grant is unusable, and the proof cannot
  /// distinguish it from a denied one.
  mutating func checkScopedWritesCanRead(_ grants: [PlacedGrant]) {
    let readable = grants.first { $0.grant.verb == .select }?.grant
    for placed in grants where placed.grant.verb == .update || placed.grant.verb == .delete {
      guard let scope = placed.grant.rows else { continue }
      if readable?.columns.contains(scope.column) != true {
        reader.report(
          placed.place,
          "'\(placed.grant.verb.rawValue)' within rows also needs select on column '\(scope.column)'")
      }
    }
  }
}

/// The rules for the value of a row scope.
package enum RowScopeRule {
  /// Why `value` cannot be a scope on `column`; nil where it can.
  package static func problem(with value: String, in column: ColumnDefinition) -> String? {
    switch column.type {
    case .varchar(let length) where value.utf8.count > length:
      return "'\(value)' is longer than column '\(column.name)'"
    case .varchar, .text:
      break
    case .bigint, .integer, .boolean, .char, .json, .timestamp, .date, .other:
      return "column '\(column.name)' cannot scope rows: its type must be varchar or text"
    }
    if let allowed = column.allowedValues, !allowed.contains(value) {
      return
        "column '\(column.name)' does not allow the value '\(value)'\(Spelling.hint(for: value, among: allowed))"
    }
    let isPlain = value.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
    }
    return isPlain ? nil : "the value of a row scope may contain only a-z, 0-9, '-' and '_'"
  }
}
