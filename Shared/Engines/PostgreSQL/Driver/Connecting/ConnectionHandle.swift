import CPostgres
import Glibc

/// Owns one libpq connection and frees it in `deinit`.
///
/// libpq owns the socket and closes it with the handle. So a holder that has registered the socket with a loop keeps
/// the handle until the loop has released the descriptor.
final class ConnectionHandle {
  let pointer: OpaquePointer
  /// Kept alive here, because libpq holds an unmanaged pointer to it.
  let notices: NoticeLog

  init(adopting pointer: OpaquePointer, notices: NoticeLog) {
    self.pointer = pointer
    self.notices = notices
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
    if let farewell = notices.farewell { return "\(farewell.message) (\(farewell.state))" }
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
