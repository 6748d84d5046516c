import Clock
import Secrets
import Transport

/// Why one server gave no connection.
package struct HostFailure: Error {
  /// What the search does next depends on it.
  package enum Reason: Sendable {
    /// No server responded.
    case silent
    /// The server takes no writes, in these words.
    case readOnly(String)
    /// The server checked the password and refused it.
    case refusedPassword
    /// The server rejected the connection for another reason, which may end at any moment.
    case rejected
  }

  let reason: Reason
  let error: DatabaseError

  /// Makes a failure.
  package init(_ reason: Reason, _ error: DatabaseError) {
    self.reason = reason
    self.error = error
  }
}

/// Opens a connection to the first server that takes writes. It blocks its thread.
///
/// The search begins with the server that served last, and then follows the configured order. It tries every address of
/// a name.
package struct HostSearch<Connection: Sendable>: Sendable {
  /// Opens a connection to one server.
  package typealias Attempt =
    @Sendable (_ server: ServerAddress, _ password: Secret, _ timeoutMilliseconds: Int) throws(HostFailure) ->
    Connection

  /// A connection and where it leads.
  package struct Found: Sendable {
    /// The open connection.
    package let connection: Connection
    /// Its server.
    package let server: ServerAddress
  }

  private let hosts: [Endpoint]
  private let timeoutMilliseconds: Int
  private let memory: HostMemory
  private let servers: @Sendable (Endpoint) -> [ServerAddress]
  private let attempt: Attempt

  /// Makes a search. `timeoutMilliseconds` is the limit for all servers together; each has an equal part of the time that
  /// is left. `servers` looks the servers of a host up.
  package init(
    hosts: [Endpoint], timeoutMilliseconds: Int, memory: HostMemory,
    servers: @escaping @Sendable (Endpoint) -> [ServerAddress] = { ServerAddress.all(of: $0) },
    attempt: @escaping Attempt
  ) {
    self.hosts = hosts
    self.timeoutMilliseconds = timeoutMilliseconds
    self.memory = memory
    self.servers = servers
    self.attempt = attempt
  }

  /// Fails with the reasons of every server. A refused password ends the search, because every further attempt would
  /// count as another wrong password. While the password rotates, the search begins once more with the other one.
  package func run() throws(DatabaseError) -> Found {
    guard let password = memory.gate.password() else {
      throw DatabaseError(
        .authenticationFailed, operation: DatabaseError.connecting, detail: memory.gate.reason)
    }
    do throws(HostFailure) {
      return try run(with: password)
    } catch {
      guard case .refusedPassword = error.reason, let other = memory.gate.alternative(to: password) else {
        throw error.error
      }
      do throws(HostFailure) {
        return try run(with: other)
      } catch {
        throw error.error
      }
    }
  }

  private func run(with password: Secret) throws(HostFailure) -> Found {
    var verdict = PasswordGate.Verdict.unchecked
    defer { memory.gate.settle(password, with: verdict) }
    let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
    let preferred = memory.server
    let hosts = hosts.beginning { $0 == preferred?.host }
    var failures: [DatabaseError.ServerFailure] = []
    var formerIsSilent = false
    for (position, host) in hosts.enumerated() {
      // Only now: a name whose look-up takes long must not delay the servers before it.
      let servers = servers(host).beginning { $0 == preferred }
      for (index, server) in servers.enumerated() {
        let left = hosts.count - position - 1 + servers.count - index
        let part = Int(deadline.remainingMilliseconds ?? 0) / left
        do throws(HostFailure) {
          let connection = try attempt(server, password, part)
          memory.prefer(server, formerIsSilent: formerIsSilent)
          verdict = .accepted
          return Found(connection: connection, server: server)
        } catch {
          failures.append((server, error.error))
          switch error.reason {
          case .silent: if server == preferred { formerIsSilent = true }
          case .readOnly(let words):
            verdict = .accepted
            memory.group.retire(server, because: words)
          case .refusedPassword:
            verdict = .refused
            throw HostFailure(.refusedPassword, DatabaseError(error.error, among: failures))
          case .rejected: break
          }
        }
      }
    }
    throw HostFailure(.rejected, DatabaseError(of: failures))
  }
}

extension Array {
  /// The same elements in the same cyclic order, from the first one that fits.
  fileprivate func beginning(with fits: (Element) -> Bool) -> [Element] {
    guard let first = firstIndex(where: fits) else { return self }
    return Array(self[first...] + self[..<first])
  }
}
