import Cryptography
import Glibc
import Synchronization

/// The certificate of a listener, from files that may be replaced while it runs.
///
/// A new connection uses the newest certificate and the newest authorities of clients that were usable; open connections
/// keep theirs. A certificate with its key is one part, and the authorities are another: what cannot be used of one keeps
/// nothing of the other. Reading blocks: call it off the loops.
package final class ServerCertificates: Sendable {
  /// The result of reading the files again.
  package enum Outcome: Sendable, Hashable {
    /// New connections use what is in the files.
    case replaced
    /// These parts of the files are unusable, and stay as they were. A part that is not named is replaced.
    case kept([ListenerFileError])
  }

  private struct State {
    var context: TLSContext
    /// The files as they were at the last attempt to load them.
    var attempted: [FileStamp?]
    /// The files as the last check saw them.
    var seen: [FileStamp?]
  }

  /// The files.
  package let files: CertificateFiles
  private let tickets: TicketKeys
  private let state: Mutex<State>

  /// Reads the files. `tickets` are the keys under which clients continue their sessions.
  /// - Throws: `unusableFile`, as ``TLSContext/listener(_:tickets:)`` does.
  package convenience init(
    _ files: CertificateFiles, tickets: TicketKeys = TicketKeys()
  ) throws(TLSError) {
    do throws(ListenerFileError) {
      try self.init(checking: files, tickets: tickets)
    } catch {
      throw error.error
    }
  }

  /// As ``init(_:tickets:)``; the error has the purpose of the file.
  package init(
    checking files: CertificateFiles, tickets: TicketKeys = TicketKeys()
  ) throws(ListenerFileError) {
    self.files = files
    self.tickets = tickets
    // Stamps first: a change while the files are read is found by the next check.
    let stamps = FileStamp.of(files)
    let context = try TLSContext.checkedListener(files, tickets: tickets)
    state = Mutex(State(context: context, attempted: stamps, seen: stamps))
  }

  /// The context for new connections.
  package var context: TLSContext { state.withLock { $0.context } }

  /// A warning about the key's file, if users other than its owner and its group may read it.
  package var warning: String? {
    var status = stat()
    guard stat(files.key, &status) == 0, status.st_mode & S_IROTH != 0 else { return nil }
    return "every user of this machine may read \(files.key) (run: chmod o-r)"
  }

  /// Reads the files now.
  package func reload() -> Outcome {
    let stamps = FileStamp.of(files)
    // A client certificate may have been refused meanwhile, so its sessions do not continue.
    let tickets = files.clientAuthorities == nil ? self.tickets : TicketKeys()
    let renewed = TLSContext.renewedListener(files, replacing: context, tickets: tickets)
    state.withLock { state in
      state.attempted = stamps
      state.seen = stamps
      state.context = renewed.context
    }
    return renewed.refusals.isEmpty ? .replaced : .kept(renewed.refusals)
  }

  /// Reads the files if they have changed since the last attempt, and are the same as at the last check: a certificate
  /// and its key are two files, and the second may follow later. Nil when there is nothing to do.
  package func reloadIfChanged() -> Outcome? {
    let stamps = FileStamp.of(files)
    let isDue = state.withLock { state in
      defer { state.seen = stamps }
      return stamps != state.attempted && stamps == state.seen
    }
    return isDue ? reload() : nil
  }
}

/// What distinguishes a file from an earlier one under the same name.
private struct FileStamp: Sendable, Hashable {
  let device: UInt
  let number: UInt
  let size: Int
  let seconds: Int
  let nanoseconds: Int

  static func of(_ files: CertificateFiles) -> [FileStamp?] {
    [files.certificate, files.key, files.clientAuthorities].map { $0.flatMap(FileStamp.init) }
  }

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, number, size) = (UInt(status.st_dev), UInt(status.st_ino), Int(status.st_size))
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}
