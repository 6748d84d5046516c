import DataAccess
import EventLoop

/// What happens elsewhere and ends the connection: another server takes writes, or the password was replaced.
extension MariaDBConnection: HostedConnection {
  /// Joins the driver's other connections, on its loop.
  func join(_ group: ConnectionGroup, at server: ServerAddress, on loop: EventLoop) {
    membership = group.add(self, to: server, on: loop)
  }

  func retire(because reason: String) {
    retirement = reason
    if isFree { lose(reason) }
  }

  func abandon(because reason: String) { lose(reason) }

  /// Until the pool has taken the connection, nothing can receive the notice.
  func expire() {
    guard isOpen else { return }
    guard let onExpired else {
      wire.loop.schedule(afterMilliseconds: Self.pauseBeforeNoticeMilliseconds) { [weak self] in
        self?.expire()
      }
      return
    }
    onExpired()
  }

  private static let pauseBeforeNoticeMilliseconds = 100
}
