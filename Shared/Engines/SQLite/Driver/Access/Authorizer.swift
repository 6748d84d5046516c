import CSQLite

/// Answers SQLite's questions by the account's ``AccessRules`` while a statement is compiled, and remembers what it
/// denied, so that the error can name it.
final class Authorizer {
  /// Statements of the driver's own are not asked about; everything else is.
  private enum Mode {
    case standingAside
    case enforcing
  }

  let account: String
  let rules: AccessRules
  private var mode = Mode.enforcing
  /// What was denied since the last statement began.
  private(set) var denial: Denial?
  /// Whether the statement goes to a view that stands for a table.
  private(set) var sawWriteThroughView = false

  init(account: String, rules: AccessRules) {
    self.account = account
    self.rules = rules
  }

  /// From here on SQLite asks.
  ///
  /// Everything prepared before is compiled again, and asked about.
  func install(on handle: DatabaseHandle) {
    handle.keep(self)
    sqlite3_set_authorizer(handle.pointer, authorize, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Forgets what the statement before was denied.
  func beginStatement() {
    denial = nil
    sawWriteThroughView = false
  }

  /// Runs statements of the driver's own.
  func standAside<T>(_ body: () throws(SQLiteFault) -> T) throws(SQLiteFault) -> T {
    mode = .standingAside
    defer { mode = .enforcing }
    return try body()
  }

  fileprivate func answer(_ request: AccessRequest, in context: String?) -> Int32 {
    guard case .enforcing = mode else { return SQLITE_OK }
    noteWriteThroughView(request)
    switch rules.decide(request, in: context) {
    case .allow:
      return SQLITE_OK
    case .deny(let denied):
      // The first denial is the one that the statement fails for.
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
  return Unmanaged<Authorizer>.fromOpaque(authorizer).takeUnretainedValue().answer(request, in: name(context))
}

private func name(_ text: UnsafePointer<CChar>?) -> String? {
  text.map { String(cString: $0).lowercased() }
}
