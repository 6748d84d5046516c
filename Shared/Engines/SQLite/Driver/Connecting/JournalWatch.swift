import CSQLite
import Logging
import Synchronization

/// Watches the journal's size after each commit, and reports once when it exceeds the limit and once when it is below
/// again. A read or a transaction that stays open keeps the journal from being emptied, so that it grows with each
/// write.
final class JournalWatch: Sendable {
  private let options: SQLiteOptions
  private let logger: Logger
  private let isLarge = Atomic(false)

  init(_ options: SQLiteOptions, logger: Logger) {
    self.options = options
    self.logger = logger
  }

  /// Replaces SQLite's own hook, which checkpoints and reports nothing.
  func install(on handle: DatabaseHandle) {
    handle.keep(self)
    sqlite3_wal_hook(handle.pointer, journalCommitted, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Empties the journal as far as readers permit. A failure is no fault of the commit, and the next commit tries again.
  fileprivate func committed(_ database: OpaquePointer?, _ name: UnsafePointer<CChar>?, pages: Int) {
    if pages >= options.checkpointPages {
      sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
    let isLarge = pages > options.journalWarningPages
    guard self.isLarge.exchange(isLarge, ordering: .relaxed) != isLarge else { return }
    if isLarge {
      logger.warning(
        "database journal grows: a read or transaction that stays open keeps it from being emptied",
        metadata: ["pages": "\(pages)", "limit": "\(options.journalWarningPages)"])
    } else {
      logger.notice("database journal below its limit again", metadata: ["pages": "\(pages)"])
    }
  }
}

private func journalCommitted(
  _ context: UnsafeMutableRawPointer?, _ database: OpaquePointer?, _ name: UnsafePointer<CChar>?,
  _ pages: Int32
) -> Int32 {
  if let context {
    Unmanaged<JournalWatch>.fromOpaque(context).takeUnretainedValue()
      .committed(database, name, pages: Int(pages))
  }
  return SQLITE_OK
}
