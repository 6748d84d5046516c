import Secrets
import Synchronization
import Transport

/// What all searches of one driver share: its connections, its password, and the server that served last.
package final class HostMemory: Sendable {
  /// The driver's connections on all loops.
  package let group = ConnectionGroup()
  let gate: PasswordGate
  private let preferred = Mutex<ServerAddress?>(nil)
  private let watch: FormerPasswordWatch?

  /// Makes the memory of a driver. Once the password's file has a former password, the sessions that began with it end.
  package init(gate: PasswordGate, credential: CredentialSource) {
    self.gate = gate
    let group = group
    watch = FormerPasswordWatch(credential) { group.expire() }
  }

  /// The server that took writes last.
  var server: ServerAddress? { preferred.withLock { $0 } }

  /// Notes the server that takes writes now. The sessions at the former one end, on all loops: a process must not write
  /// to two servers. Where the former did not answer, they end at once, because their work may never end.
  func prefer(_ server: ServerAddress, formerIsSilent: Bool) {
    let former = preferred.withLock { preferred in
      defer { preferred = server }
      return preferred
    }
    guard let former, former != server else { return }
    group.retire(former, because: Self.reason, isSilent: formerIsSilent)
  }

  /// Ends a new session whose server was replaced while it was made.
  package func settle(_ server: ServerAddress) {
    guard self.server != server else { return }
    group.retire(server, because: Self.reason)
  }

  private static let reason = "was replaced by another server that takes writes"
}
