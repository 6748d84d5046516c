import EventLoop
import Synchronization

/// The open connections of one driver, on all loops, so that the discovery of one that its server is read-only reaches
/// the others.
///
/// A loop's pool has only its own connections, and an error on one of them reaches no other loop.
final class ConnectionGroup: Sendable {
  private struct Member {
    let server: ServerAddress
    let connection: LoopBound<WeakConnection>
  }

  private struct Members {
    var next = 0
    var members: [Int: Member] = [:]
  }

  private let record = Mutex(Members())

  /// Adds a connection, on its loop; the returned number removes it.
  func add(_ connection: PostgresConnection, to server: ServerAddress, on loop: EventLoop) -> Int {
    let member = Member(server: server, connection: LoopBound(WeakConnection(connection), to: loop))
    return record.withLock { record in
      record.next += 1
      record.members[record.next] = member
      return record.next
    }
  }

  /// Removes a connection that has ended.
  func remove(_ number: Int) {
    record.withLock { _ = $0.members.removeValue(forKey: number) }
  }

  /// The number of connections that have not ended.
  var count: Int { record.withLock { $0.members.count } }

  /// Ends every connection to that server, each once its work in progress is done; at once where the server is silent.
  func retire(_ server: ServerAddress, because reason: String, isSilent: Bool = false) {
    let members = record.withLock { record in record.members.values.filter { $0.server == server } }
    for member in members {
      let connection = member.connection
      connection.loop.execute {
        if isSilent {
          connection.value.connection?.abandon(because: reason)
        } else {
          connection.value.connection?.retire(because: reason)
        }
      }
    }
  }
}

extension ConnectionGroup {
  /// Gives every connection up for new work; its pool closes it once its work is done.
  func expire() {
    for member in record.withLock({ Array($0.members.values) }) {
      let connection = member.connection
      connection.loop.execute { connection.value.connection?.expire() }
    }
  }
}

/// Does not keep the connection alive.
private final class WeakConnection {
  weak var connection: PostgresConnection?

  init(_ connection: PostgresConnection) {
    self.connection = connection
  }
}
