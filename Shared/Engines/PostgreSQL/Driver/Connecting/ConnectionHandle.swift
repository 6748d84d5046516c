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

/// Logs the notices of one connection.
final class NoticeLog {
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// Logs a notice; libpq owns the result.
  func receive(_ result: OpaquePointer) {
    let fault = ServerFault(of: result)
    logger.debug(
      "database notice", metadata: ["code": "\(fault.state)", "message": "\(fault.message)"])
  }
}
