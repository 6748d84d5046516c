import Clock
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
    let gate: PasswordGate
    fileprivate let preferred = Mutex<Endpoint?>(nil)

    init(gate: PasswordGate) {
      self.gate = gate
    }
  }

  let configuration: DatabaseConfiguration
  /// The limit for all hosts together. Each has an equal part of the time that is left.
  let timeoutMilliseconds: Int
  let memory: Memory

  /// Fails with the reasons of every host. A refused password ends the search, because every further attempt would
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
    let hosts =
      configuration.hosts.filter { $0 == preferred } + configuration.hosts.filter { $0 != preferred }
    var failures: [DatabaseError] = []
    for (position, host) in hosts.enumerated() {
      let part = Int(deadline.remainingMilliseconds ?? 0) / (hosts.count - position)
      do throws(ConnectionFailure) {
        let attempt = ConnectionAttempt(
          configuration: configuration, password: password, server: host, timeoutMilliseconds: part)
        let connection = try attempt.run()
        memory.preferred.withLock { $0 = host }
        verdict = .accepted
        return connection
      } catch {
        if case .readOnly = error { verdict = .accepted }
        let failure = DatabaseError(error, at: host, account: configuration.user)
        if failure.meansRefusedPassword {
          verdict = .refused
          throw failure
        }
        failures.append(failure)
      }
    }
    throw DatabaseError(ofHosts: failures)
  }
}

extension DatabaseError {
  /// Whether the server checked the password and refused it. A host that is not admitted or an account that is locked
  /// may be admitted at any moment.
  fileprivate var meansRefusedPassword: Bool {
    kind == .authenticationFailed && ["1045", "1698"].contains(nativeCode)
  }

  /// Translates the reason why `account` could not connect. A starting server or a missing database counts as
  /// unreachable, because a later attempt may succeed.
  fileprivate init(_ failure: ConnectionFailure, at server: Endpoint, account: String) {
    switch failure {
    case .readOnly:
      self.init(
        .readOnlyServer, operation: "connect", detail: "\(server) \(ConnectionFailure.readOnlyReason)")
    case .refused(let message):
      self.init(.connectionRefused, operation: "connect", detail: "\(server): \(message)")
    case .rejected(let fault):
      let error = DatabaseError(fault, during: Operation(.other, label: ServerFault.login), account: account)
      let isNamed =
        [.authenticationFailed, .tooManyConnections].contains(error.kind) || error.isPermissionDenied
      self.init(
        isNamed ? error.kind : .connectionRefused, nativeCode: error.nativeCode, operation: "connect",
        detail: "\(server): \(fault.message)")
    }
  }
}
