import CSQLite
import DataAccess
import Glibc
import Logging

/// Opens sessions on the file, on any thread, any number of times.
struct SessionOpener: Sendable {
  /// The rights that the session enforces.
  enum Account: Sendable {
    /// The rights stored for the account.
    case restricted(String)
    /// All rights, for the tool that owns the file. Opening creates a missing file.
    case unrestricted
  }

  /// The use of the session.
  enum Purpose: Sendable {
    case reading
    case writing
  }

  let path: String
  let account: Account
  let options: SQLiteOptions
  let journal: JournalWatch
  /// The connections of the process to the file.
  let connections: FileConnections

  init(path: String, account: Account, options: SQLiteOptions, journal: JournalWatch? = nil) {
    self.path = path
    self.account = account
    self.options = options
    connections = FileConnections(path: path)
    self.journal = journal ?? JournalWatch(options, logger: Logger(label: "sqlite"))
  }

  private static let opening = Operation(.other, label: DatabaseError.connecting)

  func open(for purpose: Purpose) throws(DatabaseError) -> FileSession {
    try checkFile()
    do {
      let handle = try DatabaseHandle(path: path, isCreating: false, limits: limits)
      guard !handle.isReadOnly else { throw SQLiteFault.readOnlyFile }
      let interruption = Interruption()
      interruption.install(on: handle)
      interruption.begin(options.offLoop, cancellation: nil)
      try configure(handle, interruption)
      let access = try access(to: handle)
      try lockDown(handle, purpose, access)
      handle.noteJournal()
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

  private func configure(_ handle: DatabaseHandle, _ interruption: Interruption) throws(SQLiteFault) {
    // WAL: readers and the writer do not wait for each other. FULL: a committed transaction survives a power failure.
    try beginJournal(of: handle, interruption)
    try handle.execute("PRAGMA synchronous = FULL")
    try handle.execute("PRAGMA cell_size_check = ON")
    // An emptied journal keeps at most this size. The watch empties it, in place of SQLite's own automatic checkpoint.
    try handle.execute("PRAGMA journal_size_limit = \(options.journalSizeLimitBytes)")
    journal.install(on: handle)
    // Keeps temporary views and the sorting of large results off the disk.
    try handle.execute("PRAGMA temp_store = MEMORY")
    // Makes REPLACE fire the guards for the rows that it deletes.
    try handle.execute("PRAGMA recursive_triggers = ON")
  }

  /// SQLite calls no busy handler while a new file gets its journal: of two processes that open it at once, one would fail.
  private func beginJournal(
    of handle: DatabaseHandle, _ interruption: Interruption
  ) throws(SQLiteFault) {
    var attempt = 0
    while true {
      do throws(SQLiteFault) {
        return try handle.execute("PRAGMA journal_mode = WAL")
      } catch {
        guard error.primaryCode == SQLITE_BUSY, interruption.waitsForLock(attempt: attempt) else {
          throw error
        }
        attempt += 1
      }
    }
  }

  private func access(to handle: DatabaseHandle) throws(AccessSetUpError) -> AccessSetUp? {
    switch account {
    case .restricted(let name): try AccessSetUp(account: name, on: handle)
    case .unrestricted: nil
    }
  }

  /// Restricts the session. This comes last, because no setup is possible afterwards.
  private func lockDown(_ handle: DatabaseHandle, _ purpose: Purpose, _ access: AccessSetUp?)
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
      if case .restricted = account, status.st_size == 0 {
        throw DatabaseError(
          .unreadableFile, operation: Self.opening.description,
          detail: "\(path) is empty; restore it, or run bulkhead migrate up", isWithoutEffect: true)
      }
      return
    }
    switch account {
    case .restricted: throw unreachable("there is no database file \(path); run bulkhead migrate up first")
    case .unrestricted: try createFile()
    }
  }

  /// Creates the file with mode 0600 from the start, because the file is the security boundary. SQLite gives the WAL
  /// and shared-memory files the same mode.
  private func createFile() throws(DatabaseError) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST {
        var status = stat()
        // Another process has created the file first.
        if stat(path, &status) == 0 { return }
        throw unreachable(
          "\(path) is a symbolic link to nothing: create the file that it names, or correct DB_NAME")
      }
      throw unreachable("creating the database file \(path) failed: \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
  }

  private func unreachable(_ reason: String) -> DatabaseError {
    DatabaseError(
      .connectionRefused, nativeCode: String(SQLITE_CANTOPEN), operation: Self.opening.description,
      detail: reason)
  }

  private func refusal(_ fault: SQLiteFault) -> DatabaseError {
    let error = FaultTranslation(nil, path: path).error(fault, during: Self.opening)
      .withoutEffect(of: Self.opening)
    return error.kind == .storageFull ? error : error.with(detail: "\(path): \(fault.message)")
  }
}
