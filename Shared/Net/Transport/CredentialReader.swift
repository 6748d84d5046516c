import Dispatch
import Logging
import Secrets
import Synchronization

/// Reads a credential for each use, with a time limit: a mount that hangs must not hold the threads that open
/// connections.
///
/// One thread at most waits for the file. While it does, and while the file holds no credential, the last one that was
/// read stays in use.
final class CredentialReader: Sendable {
  /// How long the first caller waits for a file that does not answer. Later callers do not wait.
  static let limitMilliseconds = 1_000

  private struct State {
    var last: CredentialText
    /// The read that is under way; callers wait for its end.
    var reading: DispatchGroup?
    var isLate = false
  }

  private let read: @Sendable () -> CredentialText?
  private let isFixed: Bool
  private let limitMilliseconds: Int
  private let report: @Sendable (_ isLate: Bool) -> Void
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "credential file")

  /// - Parameter read: Reads the file; tests pass one that hangs.
  init(
    _ source: CredentialSource, account: String, logger: Logger,
    limitMilliseconds: Int = CredentialReader.limitMilliseconds,
    read: (@Sendable () -> CredentialText?)? = nil
  ) {
    self.read = read ?? { source.read() }
    self.limitMilliseconds = limitMilliseconds
    isFixed = source.path == nil
    state = Mutex(State(last: CredentialText(source.initial)))
    let file = source.path ?? "none"
    report = { isLate in
      if isLate {
        logger.warning(
          "credential file does not answer",
          metadata: [
            "account": "\(account)", "file": "\(file)", "next": "the last password stays until it answers",
          ])
      } else {
        logger.notice(
          "credential file answers again", metadata: ["account": "\(account)", "file": "\(file)"])
      }
    }
  }

  /// The credential now. It blocks for ``limitMilliseconds`` at most.
  func current() -> CredentialText {
    if isFixed { return state.withLock { $0.last } }
    guard let reading = begin() else { return state.withLock { $0.last } }
    if reading.wait(timeout: .now() + .milliseconds(limitMilliseconds)) == .timedOut { noteLate(reading) }
    return state.withLock { $0.last }
  }

  /// The read to wait for; nil while one is late.
  private func begin() -> DispatchGroup? {
    let (reading, isNew): (DispatchGroup?, Bool) = state.withLock { state in
      if let reading = state.reading { return (state.isLate ? nil : reading, false) }
      let reading = DispatchGroup()
      reading.enter()
      state.reading = reading
      return (reading, true)
    }
    guard isNew, let reading else { return reading }
    queue.async { [self] in
      finish(read())
      reading.leave()
    }
    return reading
  }

  private func finish(_ content: CredentialText?) {
    let wasLate = state.withLock { state in
      if let content { state.last = content }
      state.reading = nil
      defer { state.isLate = false }
      return state.isLate
    }
    if wasLate { report(false) }
  }

  private func noteLate(_ reading: DispatchGroup) {
    let isFirst = state.withLock { state in
      guard state.reading === reading, !state.isLate else { return false }
      state.isLate = true
      return true
    }
    if isFirst { report(true) }
  }
}
