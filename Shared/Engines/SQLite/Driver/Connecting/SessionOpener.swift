import CSQLite
import DataAccess
import Glibc

/// Everything it takes to open a session on the file, on any thread, as often as need be.
struct SessionOpener: Sendable {
  /// Whose rights hold.
  enum Account: Sendable {
    /// The rights that are stored for the account.
    case restricted(String)
    /// All rights: the tool that owns the file. It creates the file where there is none.
    case unrestricted
  }

  /// What the session is for.
  enum Purpose: Sendable {
    case reading
    case writing
  }

  let path: String
  let account: Account
  let options: SQLiteOptions

  private static let opening = Operation(.other, label: "connect")

  func open(for purpose: Purpose) throws(DatabaseError) -> FileSession {
    try checkFile()
    do {
      let handle = try DatabaseHandle(path: path, isCreating: false, limits: limits)
      guard !handle.isReadOnly else { throw SQLiteFault.readOnlyFile }
      let interruption = Interruption()
      interruption.install(on: handle)
      interruption.begin(options.offLoop, cancellation: nil)
      try Self.configure(handle)
      let access = try access(to: handle)
      try settle(handle, purpose, access)
      return FileSession(handle: handle, interruption: interruption, access: access, options: options)
    } catch let fault as SQLiteFault {
      throw refusal(fault)
    } catch AccessSetUpError.fault(let fault) {
      throw refusal(fault)
    } catch AccessSetUpError.rights(let error) {
      throw DatabaseError(
        .authenticationFailed, operation: Self.opening.description, detail: error.description)
    } catch {
      throw DatabaseError(.other, operation: Self.opening.description, detail: "\(error)")
    }
  }

  private var limits: SQLiteLimits {
    switch account {
    case .restricted: .restricted
    case .unrestricted: .unrestricted
    }
  }

  private static func configure(_ handle: DatabaseHandle) throws(SQLiteFault) {
    // WAL: readers and the writer do not wait for each other. FULL: what was acknowledged survives a power cut.
    try handle.execute("PRAGMA journal_mode = WAL")
    try handle.execute("PRAGMA synchronous = FULL")
    try handle.execute("PRAGMA cell_size_check = ON")
    // Temporary views, and the sorting of large results, never reach the disk.
    try handle.execute("PRAGMA temp_store = MEMORY")
    // The guards must see what REPLACE deletes.
    try handle.execute("PRAGMA recursive_triggers = ON")
  }

  private func access(to handle: DatabaseHandle) throws(AccessSetUpError) -> AccessSetUp? {
    switch account {
    case .restricted(let name): try AccessSetUp(account: name, on: handle)
    case .unrestricted: nil
    }
  }

  /// What must come last, because afterwards nothing can be set up any more.
  private func settle(_ handle: DatabaseHandle, _ purpose: Purpose, _ access: AccessSetUp?)
    throws(SQLiteFault)
  {
    let readsOnly =
      switch purpose {
      case .reading: true
      case .writing: access?.authorizer.rules.rights.isReadOnly ?? false
      }
    if readsOnly { try handle.execute("PRAGMA query_only = ON") }
    access?.authorizer.install(on: handle)
  }

  // MARK: - The file

  private func checkFile() throws(DatabaseError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { throw unreachable("\(path) is not a regular file") }
      return
    }
    switch account {
    case .restricted: throw unreachable("there is no database file \(path); run bulkhead migrate up")
    case .unrestricted: try createFile()
    }
  }

  /// With mode 0600 from its first moment: the file is the wall. SQLite gives its companions the same mode.
  private func createFile() throws(DatabaseError) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // Another process may have been faster.
      if errno == EEXIST { return }
      throw unreachable("the database file \(path) cannot be created: \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
  }

  private func unreachable(_ reason: String) -> DatabaseError {
    DatabaseError(
      .connectionRefused, nativeCode: String(SQLITE_CANTOPEN), operation: Self.opening.description,
      detail: reason)
  }

  private func refusal(_ fault: SQLiteFault) -> DatabaseError {
    let error = FaultTranslation(nil).error(fault, during: Self.opening)
    return DatabaseError(
      error.kind, nativeCode: error.nativeCode, operation: error.operation, isRetryable: error.isRetryable,
      detail: "\(path): \(fault.message)")
  }
}
