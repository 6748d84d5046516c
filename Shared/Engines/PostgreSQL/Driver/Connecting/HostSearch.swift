import DataAccess
import Secrets
import Synchronization
import Transport

/// Opens a connection to the first host that takes writes. It blocks its thread.
///
/// The search begins with the host that served last, and then follows the configured order.
struct HostSearch: Sendable {
  /// What all searches of one driver share.
  final class Memory: Sendable {
    let group = ConnectionGroup()
    let gate: PasswordGate
    fileprivate let preferred = Atomic(0)

    init(gate: PasswordGate) {
      self.gate = gate
    }
  }

  let configuration: DatabaseConfiguration
  let applicationName: String
  /// The limit for all hosts together.
  let timeoutMilliseconds: Int
  let memory: Memory

  /// Fails with the reasons of every host. A refused password ends the search, because every further attempt would count
  /// as another wrong password.
  func run() throws(DatabaseError) -> EstablishedConnection {
    guard let password = memory.gate.password() else {
      throw DatabaseError(.authenticationFailed, operation: "connect", detail: memory.gate.reason)
    }
    var verdict = PasswordGate.Verdict.unchecked
    defer { memory.gate.settle(password, with: verdict) }
    let hosts = configuration.hosts
    let first = memory.preferred.load(ordering: .relaxed)
    var failures: [DatabaseError] = []
    for offset in hosts.indices {
      let index = (first + offset) % hosts.count
      do throws(ConnectionFailure) {
        let connection = try attempt(hosts[index], password: password)
        memory.preferred.store(index, ordering: .relaxed)
        verdict = .accepted
        return connection
      } catch {
        if case .readOnly = error {
          verdict = .accepted
          memory.group.retire(hosts[index], because: ConnectionFailure.readOnlyReason)
        }
        let failure = DatabaseError(error, host: hosts[index], account: configuration.user)
        if case .authenticationFailed = failure.kind {
          verdict = .refused
          throw failure
        }
        failures.append(failure)
      }
    }
    throw DatabaseError(failures)
  }

  private func attempt(
    _ host: Endpoint, password: Secret
  ) throws(ConnectionFailure) -> EstablishedConnection {
    let parameters = ConnectionParameters(
      configuration: configuration, password: password, applicationName: applicationName)
    let attempt = ConnectionAttempt(
      parameters: parameters.pairs(for: host),
      firstStatement: SessionSettings.firstStatement(for: configuration), host: host,
      timeoutMilliseconds: timeoutMilliseconds / max(1, configuration.hosts.count))
    return try attempt.run()
  }
}

extension DatabaseError {
  /// One failure for several hosts, with all reasons. A read-only server explains more than one that is gone.
  fileprivate init(_ failures: [DatabaseError]) {
    let isReadOnly = { (failure: DatabaseError) in failure.kind == .readOnlyServer }
    guard let chosen = failures.first(where: isReadOnly) ?? failures.last else {
      self.init(.connectionRefused, operation: "connect", detail: "no host is configured")
      return
    }
    self.init(
      chosen.kind, nativeCode: chosen.nativeCode, operation: chosen.operation,
      detail: failures.compactMap(\.detail).joined(separator: "; "))
  }
}
