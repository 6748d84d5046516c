import Clock
import Logging
import Secrets
import Synchronization

/// Supplies the password for each attempt to connect, and holds attempts back after the server has refused it.
///
/// A refused password is no outage: repeating it fast locks accounts and fills the server's log. After a refusal one
/// attempt follows when the credential's file has another content, and else one after a long pause. All loops of a
/// process share the gate of a server.
///
/// While a password rotates, its file has two (``CredentialText``). The refusal of one opens the way to the other.
package final class PasswordGate: Sendable {
  /// The pause after the refusal of a password that worked before, unless the server's driver has another one.
  package static let defaultPauseSeconds = 30

  fileprivate enum State {
    case open
    /// One attempt with this password is under way; others wait for its result.
    case trying(Secret)
    case refused(Secret, until: UInt64)
  }

  fileprivate struct Record {
    var state = State.open
    var hasConnected = false
    /// What the file had at the last look.
    var known: [Secret] = []
    /// The one of two passwords that the server refused last.
    var rejected: Secret?

    /// The password to try: the first that was not refused.
    var preferred: Secret? { known.first { $0 != rejected } ?? known.first }
  }

  private let server: String
  private let source: CredentialSource
  private let reader: CredentialReader
  private let account: String
  private let pauseNanoseconds: UInt64
  private let firstPauseNanoseconds: UInt64
  private let logger: Logger
  private let nanoseconds: @Sendable () -> UInt64
  private let record = Mutex(Record())

  /// Before the first success, the pause is `retryDelaySeconds`: at start the account may not exist yet. `server` names
  /// the kind of server in the log.
  package init(
    _ source: CredentialSource, account: String, of server: String, retryDelaySeconds: Int,
    pauseSeconds: Int = PasswordGate.defaultPauseSeconds, logger: Logger,
    nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() }
  ) {
    self.server = server
    self.source = source
    reader = CredentialReader(source, account: account, logger: logger)
    self.account = account
    pauseNanoseconds = UInt64(max(0, pauseSeconds)) * 1_000_000_000
    // A little less, so that a caller with the same pause is not held back every second time.
    firstPauseNanoseconds = UInt64(max(0, retryDelaySeconds)) * 900_000_000
    self.logger = logger
    self.nanoseconds = nanoseconds
  }

  /// The password for one attempt, whose result goes to ``settle(_:with:)``; nil while no attempt may be made. It reads
  /// the file and may block for ``CredentialReader/limitMilliseconds``, so call it off the loops.
  package func password() -> Secret? {
    let passwords = reader.current().passwords
    let now = nanoseconds()
    return record.withLock { record in
      record.see(passwords)
      switch record.state {
      case .open: return record.preferred
      case .trying: return nil
      case .refused(let refused, let until):
        // After the pause, both have their turn again.
        if now >= until { record.rejected = nil }
        guard let password = record.preferred, password != refused || now >= until else { return nil }
        record.state = .trying(password)
        return password
      }
    }
  }

  /// The other of two passwords, right after the refusal of one; nil where there is none to try. It reads no file.
  package func alternative(to refused: Secret) -> Secret? {
    record.withLock { record in
      guard case .open = record.state, let password = record.preferred, password != refused else {
        return nil
      }
      return password
    }
  }

  /// What the server's answer says about a password.
  package enum Verdict: Sendable {
    /// The account is signed in.
    case accepted
    /// The server checked the password and refused it.
    case refused
    /// The attempt failed before the server checked it.
    case unchecked
  }

  /// Records the result of an attempt.
  package func settle(_ password: Secret, with verdict: Verdict) {
    let now = nanoseconds()
    let pause: UInt64? = record.withLock { record in
      switch (verdict, record.state) {
      case (.accepted, _):
        record.state = .open
        record.hasConnected = true
        if record.rejected == password { record.rejected = nil }
        return nil
      case (.unchecked, .trying):
        record.state = .refused(password, until: now)
        return nil
      case (.unchecked, _): return nil
      case (.refused, _) where record.rejects(password):
        record.state = .open
        return nil
      case (.refused, let state):
        let pause = record.hasConnected ? pauseNanoseconds : firstPauseNanoseconds
        record.state = .refused(password, until: now + pause)
        if case .refused(password, _) = state { return nil }
        // Before the first success, the refusal is the caller's to report: it may only try the password.
        return record.hasConnected ? pause : nil
      }
    }
    guard let pause else { return }
    logger.warning(
      "\(server) password refused",
      metadata: [
        "account": "\(account)", "file": "\(source.path ?? "none")",
        "next": "when the file changes, or after \(pause / 1_000_000_000) s",
      ])
  }

  /// Why no attempt is made at the moment.
  package var reason: String {
    "the server refused the password of \(account); the next attempt follows "
      + (source.path.map { "when \($0) changes, or after a pause" } ?? "after a pause")
  }
}

extension PasswordGate.Record {
  /// A refusal counts only while the file has that password.
  fileprivate mutating func see(_ passwords: [Secret]) {
    known = passwords
    if let refused = rejected, !passwords.contains(refused) { rejected = nil }
  }

  /// Records the refusal of one of two passwords; false where no other one is left to try.
  fileprivate mutating func rejects(_ password: Secret) -> Bool {
    guard known.contains(where: { $0 != password }), rejected == nil || rejected == password else {
      return false
    }
    rejected = password
    return true
  }
}
