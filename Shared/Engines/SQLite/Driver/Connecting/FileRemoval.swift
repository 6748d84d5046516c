import CSQLite
import Glibc

/// Removes a database file, after a look at what is in it and at who uses it.
package enum FileRemoval {
  /// Why the file stays, or why the removal is not complete.
  package enum Refusal: Error, Hashable, CustomStringConvertible {
    case notRegular(String)
    /// It has tables or views that no migration of ours made.
    case foreign(String, [String])
    /// It has tables with names of ours, and no record of our migrations.
    case unrecorded(String, [String])
    /// Another process has it open; the number is nil where the system does not show it.
    case inUse(String, process: Int32?)
    case unreadable(String, reason: String)
    case undeletable(String, reason: String)
    /// It was deleted behind a symbolic link, and no empty file could take its place.
    case uncreatable(String, reason: String)

    package var description: String {
      switch self {
      case .notRegular(let path): "\(path) is not a regular file, and was not deleted: correct DB_NAME"
      case .foreign(let path, let names):
        "\(path) was not deleted: it has \(names.joined(separator: ", ")), which no migration of this release made; "
          + "correct DB_NAME, or delete the file yourself"
      case .unrecorded(let path, let names):
        "\(path) was not deleted: it has \(names.joined(separator: ", ")) and no record of our migrations; "
          + "correct DB_NAME, or delete the file yourself"
      case .inUse(let path, let process):
        "\(path) was not deleted: \(process.map { "process \($0)" } ?? "another process") uses it; stop that first"
      case .unreadable(let path, let reason):
        "\(path) was not deleted, because its tables cannot be read (\(reason)): delete it yourself, with its -wal and -shm"
      case .undeletable(let path, let reason): "\(path) cannot be deleted: \(reason)"
      case .uncreatable(let path, let reason):
        "\(path) was deleted, and an empty file in its place cannot be created: \(reason); create it, with the mode 0600"
      }
    }
  }

  /// Deletes the file and its journals. It must be empty, or have only these tables and `record` among them, and no
  /// other process may have it open. A missing file is no error.
  ///
  /// Behind a symbolic link, an empty file takes its place: no program of ours creates a file through a link that leads to
  /// nothing, which may be a mistake or a volume that is not mounted.
  package static func remove(
    _ path: String, ifOnlyTables ours: Set<String>, record: String
  ) throws(Refusal) {
    // A symbolic link stays, and the file that it names goes: SQLite keeps the journals beside that file.
    guard let target = resolved(path) else { return }
    var status = stat()
    guard stat(target, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path) }
    let refusal: Refusal?
    do throws(SQLiteFault) {
      refusal = try remove(target, named: path, ours, record)
    } catch {
      guard error.primaryCode == SQLITE_BUSY else { throw .unreadable(path, reason: error.message) }
      refusal = .inUse(path, process: user(of: target))
    }
    if let refusal { throw refusal }
  }

  private static func remove(
    _ target: String, named path: String, _ ours: Set<String>, _ record: String
  ) throws(SQLiteFault) -> Refusal? {
    let handle = try DatabaseHandle(path: target, isCreating: false, limits: .unrestricted)
    defer { withExtendedLifetime(handle) {} }
    if handle.isReadOnly { throw SQLiteFault.readOnlyFile }
    if let refusal = try objection(to: handle, path, ours, record) { return refusal }
    // Leaving the journal needs the file for itself alone: it fails while any other connection is open.
    try handle.execute("PRAGMA journal_mode = DELETE")
    try handle.execute("BEGIN EXCLUSIVE")
    if let refusal = try objection(to: handle, path, ours, record) { return refusal }
    for suffix in ["", "-wal", "-shm", "-journal"] where unlink(target + suffix) != 0 && errno != ENOENT {
      return .undeletable(target + suffix, reason: String(cString: strerror(errno)))
    }
    if isLink(path), let reason = failureToCreate(target) { return .uncreatable(target, reason: reason) }
    return nil
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func failureToCreate(_ path: String) -> String? {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    Glibc.close(descriptor)
    return nil
  }

  private static func objection(
    to handle: DatabaseHandle, _ path: String, _ ours: Set<String>, _ record: String
  ) throws(SQLiteFault) -> Refusal? {
    let names = try handle.texts(
      """
      SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      ORDER BY name
      """
    ).compactMap { $0.first ?? nil }
    let others = names.filter { !ours.contains($0) && $0 != record }
    if !others.isEmpty { return .foreign(path, others) }
    return names.isEmpty || names.contains(record) ? nil : .unrecorded(path, names)
  }

  private static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// The process that holds a lock on the file: every connection with a journal does (https://sqlite.org/walformat.html).
  private static func user(of path: String) -> Int32? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { Glibc.close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    (lock.l_start, lock.l_len) = (Self.firstLockByte, Self.lockBytes)
    guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid > 0 else {
      return nil
    }
    return lock.l_pid
  }

  /// The bytes that SQLite locks, from PENDING_BYTE to the end of the shared ones.
  private static let firstLockByte = 0x4000_0000
  private static let lockBytes = 512
}
