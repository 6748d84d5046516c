import DataAccess
import EventLoop
import Glibc
import Runtime
import Synchronization

/// The signals of a command, and the statements that it waits for.
///
/// A signal cancels the statements in the server, also a commit, and the command ends once the server has answered. The server
/// would else keep the session and its locks while the statement waits. Work that has a duty then undoes what it began. A
/// statement that takes long is a line of progress.
final class CommandStop: Sendable {
  /// How long the server may take to cancel the statements.
  static let graceSeconds = 10
  private static let pollMilliseconds: UInt32 = 100
  private static let pollsBetweenCancellations = 10
  /// How long the command may take to report what it has done.
  private static let reportMilliseconds: UInt32 = 2_000
  /// When a statement is reported first; the time doubles with each report.
  private static let firstReportSeconds: UInt64 = 5
  private static let longestReportSeconds: UInt64 = 300

  private enum State {
    case running
    case passing(@Sendable (Int32) -> Void)
    case stopping(Ending)
  }

  private struct Ending {
    let signal: Int32
    let code: Int32
    var isReported = false
    /// Whether a statement was cancelled.
    let hasCancelled: Bool
  }

  let console: Console
  let watch = StatementWatch()
  private let state = Mutex(State.running)
  private let observation = Mutex<SignalObservation?>(nil)
  private let reports = Mutex<Task<Void, Never>?>(nil)

  /// Observes the signals and all statements of this process until the end of the object.
  init(console: Console) {
    self.console = console
    StatementWatch.ofProgram = watch
    observation.withLock { observation in
      observation = Signals.observe(Self.signals) { [weak self] in self?.arrived($0) }
    }
    reports.withLock { task in
      task = Task.detached { [weak self, watch] in
        var next: [Int: UInt64] = [:]
        while !Task.isCancelled {
          try? await Task.sleep(for: .seconds(1))
          guard let self else { return }
          next = await report(watch.running, due: next)
        }
      }
    }
  }

  deinit { reports.withLock { $0?.cancel() } }

  /// From now on the signals go to `owner`, which ends the command in its own order.
  func pass(to owner: @escaping @Sendable (Int32) -> Void) {
    state.withLock { state in
      switch state {
      case .running, .passing: state = .passing(owner)
      case .stopping: break
      }
    }
  }

  /// The owner has ended its work.
  func takeBack() {
    state.withLock { if case .passing = $0 { $0 = .running } }
  }

  /// Ends the command for a signal: at once where no statement runs and no work has a duty, else when the servers have
  /// cancelled them all and the duties are done. `code` is the exit code in place of 128 and the signal's number.
  func request(_ signal: Int32, code: Int32? = nil) {
    let running = watch.running
    let isFirst = state.withLock { (state) -> Bool in
      if case .stopping = state { return false }
      state = .stopping(
        Ending(signal: signal, code: code ?? 128 + signal, hasCancelled: !running.isEmpty))
      return true
    }
    let duties = watch.duties
    guard isFirst, !(running.isEmpty && duties.isEmpty) else { end() }
    let cancelling = running.isEmpty ? [] : ["cancelling \(Self.names(of: running.map(\.operation)))"]
    console.progress("stopping: \((cancelling + duties.map { "then: \($0)" }).joined(separator: "; "))")
    watch.stop()
    let hasStarted = BlockingThread.start(name: "stop") { [self] in
      end(afterGrace: !awaitServers())
    }
    if !hasStarted { end() }
  }

  /// Ends the process where a signal has requested that; else returns. The command calls it once it has reported what it has
  /// done, or why it gave up.
  func endIfRequested() {
    if state.withLock({ if case .stopping = $0 { true } else { false } }) { end() }
  }

  private func arrived(_ signal: Int32) {
    switch state.withLock({ $0 }) {
    case .passing(let owner): owner(signal)
    case .running, .stopping: request(signal)
    }
  }

  /// Returns true when no statement runs any more and no duty is left, and the command has had time to report, or false when the
  /// time is over.
  private func awaitServers() -> Bool {
    let polls = Self.graceSeconds * 1_000 / Int(Self.pollMilliseconds)
    for poll in 1...polls {
      if watch.isIdle {
        usleep(Self.reportMilliseconds * 1_000)
        return true
      }
      // A request that came before its statement has cancelled nothing.
      if poll % Self.pollsBetweenCancellations == 0 { watch.cancelRunning() }
      usleep(Self.pollMilliseconds * 1_000)
    }
    return false
  }

  /// Two threads may end the process: the first one reports. A second signal, for one, does not wait for the servers.
  private func end(afterGrace: Bool = false) -> Never {
    let ending = state.withLock { state -> Ending? in
      guard case .stopping(var ending) = state, !ending.isReported else { return nil }
      ending.isReported = true
      state = .stopping(ending)
      return ending
    }
    guard let ending else {
      while true { sleep(1) }
    }
    console.printError(
      Self.words(
        ofEndBy: ending.signal, running: watch.running.map(\.operation), duties: watch.duties,
        hasCancelled: ending.hasCancelled, afterGrace: afterGrace))
    Runtime.ExitCode.end(ending.code)
  }

  /// What the last line says: how the command ended, and what may be left of it.
  static func words(
    ofEndBy signal: Int32, running: [Operation], duties: [String] = [], hasCancelled: Bool, afterGrace: Bool
  ) -> String {
    let end = "stopped by \(name(of: signal))"
    let left = duties.map { "; this is left to you: \($0)" }.joined()
    guard running.isEmpty else {
      let names = names(of: running)
      let cause =
        afterGrace
        ? ", but the server did not cancel \(names) within \(graceSeconds) s"
        : " before the server had cancelled \(names)"
      return "\(end)\(cause): its session may hold locks until it ends\(left)"
    }
    guard duties.isEmpty else { return "\(end) before the command had undone what it began\(left)" }
    let cancelled = hasCancelled ? "; the server has cancelled the running statement" : ""
    return
      "\(end)\(cancelled). What was committed before stays, and a repetition of the command does the rest"
  }

  private static func names(of operations: [Operation]) -> String {
    operations.map { "'\($0)'" }.joined(separator: ", ")
  }

  private static func name(of signal: Int32) -> String {
    [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP"][signal] ?? "signal \(signal)"
  }

  /// SIGHUP is included, unless `nohup` has set it to be ignored.
  private static var signals: [Int32] {
    var hangUp = sigaction()
    sigaction(SIGHUP, nil, &hangUp)
    let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
    return isIgnored ? Signals.termination : Signals.termination + [SIGHUP]
  }
}

// MARK: - Statements that take long

extension CommandStop {
  /// Reports the statements whose time has come; returns when each is due next, in seconds of its life.
  private func report(
    _ running: [StatementWatch.Running], due: [Int: UInt64]
  ) async -> [Int: UInt64] {
    var next: [Int: UInt64] = [:]
    for statement in running {
      let due = due[statement.number] ?? Self.firstReportSeconds
      let seconds = statement.milliseconds / 1_000
      guard seconds >= due else {
        next[statement.number] = due
        continue
      }
      next[statement.number] = seconds + min(seconds, Self.longestReportSeconds)
      if isReported(statement) { await report(statement, seconds) }
    }
    return next
  }

  /// A run of migrations reports its steps itself, and not its commits.
  private func isReported(_ statement: StatementWatch.Running) -> Bool {
    statement.operation.label?.hasPrefix("migrate") != true
  }

  private func report(_ statement: StatementWatch.Running, _ seconds: UInt64) async {
    let activity = await statement.activity()
    guard watch.running.contains(where: { $0.number == statement.number }) else { return }
    let detail = activity.isEmpty ? "" : ": \(activity)"
    console.progress("'\(statement.operation)' has waited for the server for \(seconds) s\(detail)")
  }
}
