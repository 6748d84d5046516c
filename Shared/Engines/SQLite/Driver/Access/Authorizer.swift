import CSQLite

/// Decides on SQLite's requests by the account's ``AccessRules`` while SQLite compiles a statement. Records the first
/// denial, so that the error can name it.
final class Authorizer {
  /// The authorizer enforces the rules on everything but the driver's own statements.
  private enum Mode {
    case suspended
    case enforcing
  }

  let account: String
  let rules: AccessRules
  private var mode = Mode.enforcing
  /// The first denial since the last statement began.
  private(set) var denial: Denial?
  /// Whether the statement writes to a view that stands for a table.
  private(set) var sawWriteThroughView = false

  init(account: String, rules: AccessRules) {
    self.account = account
    self.rules = rules
  }

  /// Registers the authorizer with SQLite.
  ///
  /// SQLite compiles statements prepared earlier again, and calls the authorizer for them.
  func install(on handle: DatabaseHandle) {
    handle.keep(self)
    sqlite3_set_authorizer(handle.pointer, authorize, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Clears the denial of the previous statement.
  func beginStatement() {
    denial = nil
    sawWriteThroughView = false
  }

  /// Runs the driver's own statements without enforcement.
  func withoutEnforcement<T>(_ body: () throws(SQLiteFault) -> T) throws(SQLiteFault) -> T {
    mode = .suspended
    defer { mode = .enforcing }
    return try body()
  }

  fileprivate func decide(_ request: AccessRequest, in context: String?) -> Int32 {
    guard case .enforcing = mode else { return SQLITE_OK }
    noteWriteThroughView(request)
    switch rules.decide(request, in: context) {
    case .allow:
      return SQLITE_OK
    case .deny(let denied):
      // The statement fails because of its first denial.
      denial = denial ?? denied
      return SQLITE_DENY
    }
  }

  private func noteWriteThroughView(_ request: AccessRequest) {
    switch request {
    case .insert(let table, _), .update(let table, _, _), .delete(let table, _):
      if rules.names.baseTables[table] != nil { sawWriteThroughView = true }
    case .read, .function, .structural, .privileged:
      break
    }
  }
}

private func authorize(
  _ authorizer: UnsafeMutableRawPointer?, _ code: Int32, _ first: UnsafePointer<CChar>?,
  _ second: UnsafePointer<CChar>?, _ schema: UnsafePointer<CChar>?, _ context: UnsafePointer<CChar>?
) -> Int32 {
  guard let authorizer else { return SQLITE_DENY }
  let request = AccessRequest(code: code, first: name(first), second: name(second), schema: name(schema))
  return Unmanaged<Authorizer>.fromOpaque(authorizer).takeUnretainedValue().decide(request, in: name(context))
}

private func name(_ text: UnsafePointer<CChar>?) -> String? {
  text.map { String(cString: $0).lowercased() }
}
