import CPostgres
import Logging

extension ConnectionHandle {
  /// Sends the server's notices and warnings to the log at debug, instead of to standard error.
  func sendNotices(to logger: Logger) {
    notices = NoticeLog(logger: logger)
    guard let notices else { return }
    // libpq hands the pointer back as long as the connection lives; the handle keeps the log alive for longer.
    let context = Unmanaged.passUnretained(notices).toOpaque()
    PQsetNoticeReceiver(
      pointer,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().receive(result)
      }, context)
  }
}

/// Where the notices of one connection go.
final class NoticeLog {
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// Logs a notice; the result belongs to libpq.
  func receive(_ result: OpaquePointer) {
    let fault = ServerFault(of: result)
    logger.debug(
      "notice of the database", metadata: ["code": "\(fault.state)", "message": "\(fault.message)"])
  }
}
