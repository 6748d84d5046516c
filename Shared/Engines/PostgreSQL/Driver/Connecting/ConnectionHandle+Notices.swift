import CPostgres
import Logging

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
