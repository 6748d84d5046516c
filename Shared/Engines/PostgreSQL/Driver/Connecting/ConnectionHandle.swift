import CPostgres

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
}

/// Reads texts that libpq returns as C strings.
enum LibraryMessage {
  /// Returns the text without the line breaks between and after libpq's messages.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    return String(cString: pointer).split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}
