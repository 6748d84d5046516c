import EventLoop
import Synchronization

/// A connection that can be given up because of what happened elsewhere. Each call runs on its loop.
package protocol HostedConnection: AnyObject {
  /// Ends the session once its work in progress is done, and reports it as lost: its server takes no writes.
  func retire(because reason: String)

  /// Ends the session now. The outcome of its work in progress is unknown.
  func abandon(because reason: String)

  /// Makes the pool use the session for nothing new, and close it once it is free.
  func expire()
}

/// The open connections of one driver, on all loops, so that the discovery of one that its server is read-only reaches
/// the others.
///
/// A loop's pool has only its own connections, and an error on one of them reaches no other loop.
package final class ConnectionGroup: Sendable {
  private struct Member {
    let server: ServerAddress
    let connection: LoopBound<WeakConnection>
  }

  private struct Members {
    var next = 0
    var members: [Int: Member] = [:]
  }

  private let record = Mutex(Members())

  /// Makes a group without connections.
  package init() {}

  /// A place in a group, which ends with this value.
  package final class Membership: Sendable {
    private let group: ConnectionGroup
    private let number: Int
    private let server: ServerAddress

    fileprivate init(_ number: Int, at server: ServerAddress, in group: ConnectionGroup) {
      self.group = group
      self.number = number
      self.server = server
    }

    /// Ends every connection to the same server, each once its work in progress is done.
    package func retireServer(because reason: String) { group.retire(server, because: reason) }

    deinit {
      let number = number
      group.record.withLock { _ = $0.members.removeValue(forKey: number) }
    }
  }

  /// Adds a connection, on its loop, for as long as it keeps the membership.
  package func add(
    _ connection: any HostedConnection, to server: ServerAddress, on loop: EventLoop
  ) -> Membership {
    let member = Member(server: server, connection: LoopBound(WeakConnection(connection), to: loop))
    let number = record.withLock { record in
      record.next += 1
      record.members[record.next] = member
      return record.next
    }
    return Membership(number, at: server, in: self)
  }

  /// The number of connections that have not ended.
  package var count: Int { record.withLock { $0.members.count } }

  /// Ends every connection to that server, each once its work in progress is done; at once where the server is silent.
  package func retire(_ server: ServerAddress, because reason: String, isSilent: Bool = false) {
    each({ $0 == server }) { connection in
      if isSilent {
        connection.abandon(because: reason)
      } else {
        connection.retire(because: reason)
      }
    }
  }

  /// Gives every connection up for new work; its pool closes it once its work is done.
  package func expire() {
    each({ _ in true }) { $0.expire() }
  }

  private func each(
    _ isMeant: (ServerAddress) -> Bool, _ action: @escaping @Sendable (any HostedConnection) -> Void
  ) {
    for member in record.withLock({ $0.members.values.filter { isMeant($0.server) } }) {
      let connection = member.connection
      connection.loop.execute {
        if let open = connection.value.connection { action(open) }
      }
    }
  }
}

/// Does not keep the connection alive.
private final class WeakConnection {
  weak var connection: (any HostedConnection)?

  init(_ connection: any HostedConnection) {
    self.connection = connection
  }
}
