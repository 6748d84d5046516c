import CPostgres

/// Owns one libpq connection and frees it when the last holder lets go.
///
/// The socket belongs to libpq and is closed with the handle, so a holder that has registered it with a loop keeps the
/// handle until the loop has released the descriptor.
final class ConnectionHandle {
  let pointer: OpaquePointer
  /// Kept here because libpq holds a plain pointer to it.
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

/// Text that libpq hands out as C strings.
enum LibraryMessage {
  /// The text without the line breaks that libpq ends and joins its messages with.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    return String(cString: pointer).split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}
