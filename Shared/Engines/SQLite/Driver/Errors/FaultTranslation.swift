import CSQLite
import DataAccess
import Glibc

/// Translates SQLite's errors into the errors that all engines share.
struct FaultTranslation {
  /// The restricted account; nil for an unrestricted connection.
  let account: String?
  /// The access that the authorizer denied to the statement.
  let denial: Denial?
  /// The secret names, which must not leave the driver.
  let names: ScopedNames?
  /// The file, for errors that concern the whole of it; nil where the caller names it.
  let path: String?

  init(_ authorizer: Authorizer?, path: String?) {
    self.path = path
    account = authorizer?.account
    denial = authorizer?.denial
    names = authorizer?.rules.names
  }

  func error(_ fault: SQLiteFault, during operation: Operation) -> DatabaseError {
    let kind = kind(of: fault, operation)
    return DatabaseError(
      kind, nativeCode: String(fault.code), operation: operation.description,
      isRetryable: Self.isRetryable(fault), detail: detail(of: fault, kind))
  }

  /// SQLite's message, except for a permission denial, whose message in SQLite is only "not authorized".
  private func detail(of fault: SQLiteFault, _ kind: DatabaseError.Kind) -> String {
    if case .permissionDenied(let denial) = kind, !fault.isOwnRefusal { return denial.description }
    var message = names?.redacted(fault.message) ?? fault.message
    if case .storageFull = kind, fault.primaryCode == SQLITE_IOERR {
      message += ": the disk is full, or a quota is"
    }
    guard let path, Self.codesOfFile.contains(fault.primaryCode) else {
      return message
    }
    return "\(path): \(message)"
  }

  /// The errors that concern the whole file.
  private static let codesOfFile = [
    SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB,
  ]

  /// Whether another connection held a lock, so that a retry of the transaction may succeed.
  private static func isRetryable(_ fault: SQLiteFault) -> Bool {
    fault.primaryCode == SQLITE_BUSY || fault.primaryCode == SQLITE_LOCKED
  }

  private func kind(of fault: SQLiteFault, _ operation: Operation) -> DatabaseError.Kind {
    if let denial { return .permissionDenied(denied(denial)) }
    switch fault.primaryCode {
    case SQLITE_AUTH:
      return .permissionDenied(
        PermissionDenial(account: account ?? "", verb: operation.verb, table: operation.table))
    case SQLITE_CONSTRAINT:
      return constraint(fault)
    case SQLITE_BUSY:
      return fault.code == Self.busySnapshot ? .serializationFailure : .lockTimeout
    case SQLITE_LOCKED: return .lockTimeout
    case SQLITE_INTERRUPT: return .statementTimeout
    case SQLITE_CANTOPEN: return .connectionRefused
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .unreadableFile
    case SQLITE_READONLY: return fault.code == Self.readOnlyMoved ? .connectionLost : .readOnlyServer
    case SQLITE_FULL: return .storageFull
    case SQLITE_IOERR:
      // SQLite has undone the transaction. Other failures leave the outcome open, and the connection's view of the file
      // unsure.
      if lacksSpace(fault.code) { return .storageFull }
      return fault.code == Self.shortRead ? .unreadableFile : .connectionLost
    case SQLITE_TOOBIG, SQLITE_MISMATCH: return .valueOutOfRange
    case SQLITE_ERROR, SQLITE_RANGE: return .invalidStatement
    default: return .other
    }
  }

  /// Whether an error of input and output is the lack of space: a full disk, a quota, or a limit of a file's size.
  private func lacksSpace(_ code: Int32) -> Bool {
    if code == Self.failedWrite || code == Self.failedGrowth { return true }
    guard Self.storingCodes.contains(code), let path else { return false }
    var status = statvfs()
    return statvfs(path, &status) == 0 && status.f_bavail == 0
  }

  private func constraint(_ fault: SQLiteFault) -> DatabaseError.Kind {
    switch fault.code {
    case Self.unique, Self.primaryKey, Self.rowID:
      .uniqueViolation(constraint: Self.constraintColumns(fault.message))
    case Self.foreignKey: .foreignKeyViolation
    case Self.check: .checkViolation
    case Self.notNull: .notNullViolation
    case Self.dataType: .valueOutOfRange
    case Self.trigger:
      if let message = GuardMessage(text: fault.message) {
        .permissionDenied(denied(message.denial))
      } else {
        .checkViolation
      }
    default: .other
    }
  }

  private func denied(_ denial: Denial) -> PermissionDenial {
    PermissionDenial(
      account: account ?? "", verb: Operation.Verb(rawValue: denial.verb.rawValue) ?? .other,
      table: denial.table,
      column: denial.column)
  }

  /// `UNIQUE constraint failed: settings.user_id, settings.name` names the columns; SQLite reports no other name.
  static func constraintColumns(_ message: String) -> String? {
    message.firstRange(of: "failed: ").map { String(message[$0.upperBound...]) }
  }

  // Extended codes are macros with arithmetic, which Swift does not import: https://sqlite.org/rescode.html.
  static let busySnapshot = SQLITE_BUSY | 2 << 8
  static let readOnlyMoved = SQLITE_READONLY | 4 << 8
  static let shortRead = SQLITE_IOERR | 2 << 8
  static let failedWrite = SQLITE_IOERR | 3 << 8
  /// The shared memory beside the file (`-shm`) could not grow; a new one is the first thing that an opening writes.
  static let failedGrowth = SQLITE_IOERR | 19 << 8
  /// The failures that may be the lack of space or a failing disk: fsync, of a folder too, truncation, mapping.
  private static let storingCodes = [
    SQLITE_IOERR | 4 << 8, SQLITE_IOERR | 5 << 8, SQLITE_IOERR | 6 << 8, SQLITE_IOERR | 21 << 8,
  ]
  static let check = SQLITE_CONSTRAINT | 1 << 8
  static let foreignKey = SQLITE_CONSTRAINT | 3 << 8
  static let notNull = SQLITE_CONSTRAINT | 5 << 8
  static let primaryKey = SQLITE_CONSTRAINT | 6 << 8
  static let trigger = SQLITE_CONSTRAINT | 7 << 8
  static let unique = SQLITE_CONSTRAINT | 8 << 8
  static let rowID = SQLITE_CONSTRAINT | 10 << 8
  static let dataType = SQLITE_CONSTRAINT | 12 << 8
}
