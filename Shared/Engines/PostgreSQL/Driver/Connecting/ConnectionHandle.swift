import CPostgres
import Glibc
import Logging

/// Owns one libpq connection and frees it in `deinit`.
///
/// libpq owns the socket and closes it with the handle. So a holder that has registered the socket with a loop keeps
/// the handle until the loop has released the descriptor.
final class ConnectionHandle {
  let pointer: OpaquePointer
  /// Kept alive here, because libpq holds an unmanaged pointer to it.
  var notices: NoticeLog?

  init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQfinish(pointer)
  }

  /// libpq's last message for this connection, on one line.
  var message: String { LibraryMessage.text(PQerrorMessage(pointer)) }

  /// Why the session has ended: the server's own words, else libpq's, and never the error of a statement.
  ///
  /// In pipeline mode, libpq does not read the server's last message while no statement is outstanding. It reads it
  /// after the mode has ended, as a notice.
  func ending(isIdle: Bool) -> String {
    if isIdle, PQexitPipelineMode(pointer) == 1 { _ = PQisBusy(pointer) }
    if let farewell = notices?.farewell { return "\(farewell.message) (\(farewell.state))" }
    return LibraryMessage.lastOwn(PQerrorMessage(pointer)) ?? "the connection has ended"
  }

  /// Whether the newest report of the server says that it takes no writes. Behind a pooler it may be another server's.
  var reportsReadOnlyServer: Bool {
    ["in_hot_standby", "default_transaction_read_only"].contains { setting in
      guard let value = PQparameterStatus(pointer, setting) else { return false }
      return strcmp(value, "on") == 0
    }
  }
}

/// Reads texts that libpq returns as C strings.
enum LibraryMessage {
  /// Returns the text without the line breaks between and after libpq's messages.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    return String(cString: pointer).split(whereSeparator: \.isNewline).joined(separator: "; ")
  }

  /// The last message that is libpq's own. The text may begin with the errors of earlier statements, which may quote
  /// values; libpq appends its message, whose further lines are indented.
  static func lastOwn(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    let line = String(cString: pointer).split(whereSeparator: \.isNewline).last { $0.first != "\t" }
    let beginnings = ["server closed", "could not receive", "could not send", "SSL "]
    guard let line, beginnings.contains(where: line.hasPrefix) else { return nil }
    return String(line)
  }
}

extension ConnectionHandle {
  /// Sends the server's notices and warnings to the log at level debug, instead of to standard error.
  func sendNotices(to logger: Logger) {
    notices = NoticeLog(logger: logger)
    guard let notices else { return }
    // libpq passes the pointer back while the connection lives; the handle keeps the log alive longer than that.
    let context = Unmanaged.passUnretained(notices).toOpaque()
    PQsetNoticeReceiver(
      pointer,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().receive(result)
      }, context)
  }
}

/// Logs the notices of one connection, and remembers those that change what happens to it. Confined to its loop.
final class NoticeLog {
  /// The error with which the server has ended the session.
  var farewell: ServerFault?
  private var hasUnreplicatedCommit = false
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// Logs a notice; libpq owns the result.
  func receive(_ result: OpaquePointer) {
    let fault = ServerFault(of: result)
    if fault.isFatal { farewell = fault }
    if fault.meansUnreplicatedCommit { hasUnreplicatedCommit = true }
    logger.debug(
      "database notice", metadata: ["code": "\(fault.state)", "message": "\(fault.message)"])
  }

  /// Whether the server has warned, since the last call, that a commit was not confirmed by its synchronous standby.
  func takeUnreplicatedCommit() -> Bool {
    defer { hasUnreplicatedCommit = false }
    return hasUnreplicatedCommit
  }
}
