import Dispatch
import Secrets
import Synchronization

/// Looks at a password file from time to time, and reports once that it has a former password: the sessions that began
/// with that one are to end.
///
/// The services end their own sessions, each once it is free, so that no request fails. The tool ends what is left.
/// A file that an operator replaced by hand ends no session, because the engine may not have its password yet.
final class FormerPasswordWatch: Sendable {
  /// The seconds between two looks. A look reads one small file.
  static let pauseSeconds = 2

  private static let queue = DispatchQueue(label: "former-passwords", qos: .utility)

  private let source: CredentialSource
  private let onChange: @Sendable () -> Void
  private let seen = Mutex<Secret?>(nil)

  /// Nil where the password is not in a file. `onChange` runs on a thread of the watch.
  init?(_ source: CredentialSource, onChange: @escaping @Sendable () -> Void) {
    guard source.path != nil else { return nil }
    self.source = source
    self.onChange = onChange
    lookLater()
  }

  /// The looks end with the watch.
  private func lookLater() {
    Self.queue.asyncAfter(deadline: .now() + .seconds(Self.pauseSeconds)) { [weak self] in
      guard let self else { return }
      look()
      lookLater()
    }
  }

  private func look() {
    guard case .former(let password, _) = source.read()?.other else { return }
    let isNew = seen.withLock { seen in
      defer { seen = password }
      return seen != password
    }
    if isNew { onChange() }
  }
}
