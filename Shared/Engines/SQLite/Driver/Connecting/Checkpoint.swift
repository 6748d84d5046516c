import CSQLite
import Glibc
import Logging

/// Writes the whole journal (`-wal`) into the file and empties it: https://sqlite.org/c3ref/wal_checkpoint_v2.html.
///
/// It opens the file on its own, because the sessions of accounts may run no PRAGMA. It takes no right: the account's
/// process may write the file anyway.
struct Checkpoint: Sendable {
  let path: String
  let options: SQLiteOptions
  let logger: Logger

  /// Never fails: what stays in the journal is safe, and the next process that opens the file reads it from there.
  func run() {
    // A test or `up --reset` may have removed the file.
    guard access(path, F_OK) == 0 else { return }
    do throws(SQLiteFault) {
      let handle = try DatabaseHandle(path: path, isCreating: false, limits: .unrestricted)
      let interruption = Interruption()
      interruption.install(on: handle)
      interruption.begin(
        StatementTimeouts(
          statementMilliseconds: options.statementTimeoutMilliseconds,
          lockMilliseconds: options.checkpointLockTimeoutMilliseconds),
        cancellation: nil)
      // The first statement finds the journal; before it a checkpoint would do nothing.
      _ = try handle.texts("SELECT count(*) FROM sqlite_schema")
      try handle.checkpoint()
    } catch {
      logger.warning(
        "database file incomplete without its journal: copy both, or stop the processes that use it",
        metadata: ["file": "\(path)", "reason": "\(error.message)"])
    }
  }
}
