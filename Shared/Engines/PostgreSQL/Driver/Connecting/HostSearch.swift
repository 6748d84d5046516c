import Clock
import DataAccess
import Logging
import Secrets
import Synchronization
import Transport

/// Opens a connection to the first server that takes writes. It blocks its thread.
///
/// The search begins with the server that served last, and then follows the configured order. It tries every address of
/// a name.
struct HostSearch: Sendable {
  /// What all searches of one driver share.
  final class Memory: Sendable {
    let group = ConnectionGroup()
    let cancellations = CancellationQueues()
    let gate: PasswordGate
    fileprivate let preferred = Mutex<ServerAddress?>(nil)
    private let watch: FormerPasswordWatch?

    init(gate: PasswordGate, credential: CredentialSource) {
      self.gate = gate
      let group = group
      watch = FormerPasswordWatch(credential) { group.expire() }
    }

    /// Notes the server that takes writes now. The sessions at the former one end, on all loops: a process must not write
    /// to two servers. Where the former did not answer, they end at once, because their work may never end.
    fileprivate func prefer(_ server: ServerAddress, formerIsSilent: Bool) {
      let former = preferred.withLock { preferred in
        defer { preferred = server }
        return preferred
      }
      guard let former, former != server else { return }
      group.retire(former, because: Self.reason, isSilent: formerIsSilent)
    }

    /// Ends a new session whose server was replaced while it was made.
    func settle(_ server: ServerAddress) {
      guard preferred.withLock({ $0 }) != server else { return }
      group.retire(server, because: Self.reason)
    }

    private static let reason = "was replaced by another server that takes writes"
  }

  let configuration: DatabaseConfiguration
  let applicationName: String
  /// The limit for all servers together. Each has an equal part of the time that is left.
  let timeoutMilliseconds: Int
  let memory: Memory
  /// Looks the servers of a host up.
  let servers: @Sendable (Endpoint) -> [ServerAddress]
  /// For the servers' notices.
  let logger: Logger

  /// Fails with the reasons of every server. A refused password ends the search, because every further attempt would
  /// count as another wrong password. While the password rotates, the search begins once more with the other one.
  func run() throws(DatabaseError) -> EstablishedConnection {
    guard let password = memory.gate.password() else {
      throw DatabaseError(.authenticationFailed, operation: "connect", detail: memory.gate.reason)
    }
    do throws(DatabaseError) {
      return try run(with: password)
    } catch {
      guard error.meansRefusedPassword, let other = memory.gate.alternative(to: password) else { throw error }
      return try run(with: other)
    }
  }

  private func run(with password: Secret) throws(DatabaseError) -> EstablishedConnection {
    var verdict = PasswordGate.Verdict.unchecked
    defer { memory.gate.settle(password, with: verdict) }
    let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
    let preferred = memory.preferred.withLock { $0 }
    let hosts = configuration.hosts.beginning { $0 == preferred?.host }
    var failures: [DatabaseError] = []
    var preferredIsSilent = false
    for (position, host) in hosts.enumerated() {
      // Only now: a name whose look-up takes long must not delay the servers before it.
      let servers = servers(host).beginning { $0 == preferred }
      for (index, server) in servers.enumerated() {
        let left = hosts.count - position - 1 + servers.count - index
        let part = Int(deadline.remainingMilliseconds ?? 0) / left
        do throws(ConnectionFailure) {
          let connection = try attempt(server, password: password, timeoutMilliseconds: part)
          memory.prefer(server, formerIsSilent: preferredIsSilent)
          verdict = .accepted
          return connection
        } catch {
          if case .readOnly = error { verdict = .accepted }
          if case .refused = error, server == preferred { preferredIsSilent = true }
          failures.append(try continued(after: error, at: server, &verdict))
        }
      }
    }
    throw DatabaseError(ofHosts: failures)
  }

  /// The failure at one server; throws it where the search must end.
  private func continued(
    after error: ConnectionFailure, at server: ServerAddress, _ verdict: inout PasswordGate.Verdict
  ) throws(DatabaseError) -> DatabaseError {
    if case .readOnly = error { memory.group.retire(server, because: ConnectionFailure.readOnlyReason) }
    let failure = DatabaseError(error, at: server, account: configuration.user)
    guard failure.meansRefusedPassword else { return failure }
    verdict = .refused
    throw failure
  }

  private func attempt(
    _ server: ServerAddress, password: Secret, timeoutMilliseconds: Int
  ) throws(ConnectionFailure) -> EstablishedConnection {
    let parameters = ConnectionParameters(
      configuration: configuration, password: password, applicationName: applicationName)
    let attempt = ConnectionAttempt(
      parameters: parameters.pairs(for: server), isGuarded: parameters.protection == .guarded,
      firstStatement: SessionSettings.firstStatement(for: configuration), server: server,
      timeoutMilliseconds: timeoutMilliseconds, notices: NoticeLog(of: server, logger: logger))
    return try attempt.run()
  }
}

extension Array {
  /// The same elements in the same cyclic order, from the first one that fits.
  fileprivate func beginning(with fits: (Element) -> Bool) -> [Element] {
    guard let first = firstIndex(where: fits) else { return self }
    return Array(self[first...] + self[..<first])
  }
}

extension DatabaseError {
  /// Whether the server checked the password and refused it. An account that may not log in (28000: NOLOGIN, no line in
  /// pg_hba.conf) may be admitted at any moment, and another server may admit it now.
  fileprivate var meansRefusedPassword: Bool {
    kind == .authenticationFailed && nativeCode != SQLState.invalidAuthorization
  }
}
