import Clock
import DataAccess
import EventLoop
import Synchronization
import Transport

/// The connections of the process to one file, on all loops.
///
/// Nothing but their end makes SQLite forget the journal and the pages of a content that is gone: a new session joins those
/// that are open.
final class FileConnections: Sendable {
  /// The pause between two ends of all connections: a file may be damaged in one place that many reads meet.
  static let pauseMilliseconds = 1_000

  private let group = ConnectionGroup()
  private let place: ServerAddress
  private let pause = Mutex<Deadline?>(nil)

  init(path: String) {
    place = ServerAddress(host: Endpoint(host: path, port: 0))
  }

  /// Counts a connection for as long as it keeps the membership.
  func add(_ connection: any HostedConnection, on loop: EventLoop) -> ConnectionGroup.Membership {
    group.add(connection, to: place, on: loop)
  }

  /// Makes the pools close every connection once it is free.
  func expire() {
    let isDue = pause.withLock { pause in
      if let pause, !pause.hasPassed { return false }
      pause = Deadline(millisecondsFromNow: Self.pauseMilliseconds)
      return true
    }
    if isDue { group.expire() }
  }
}
