import Glibc
import Logging
import Synchronization

/// One step of a shutdown, with its deadline.
package struct ShutdownStep: Sendable {
  /// The step's name in the log, for example `drain requests`.
  package let name: String
  /// Seconds after which the next step starts, even where this one has not ended.
  package let deadlineSeconds: Double
  /// The work. It does not throw, because a failed step must not prevent the later ones.
  package let action: @Sendable () async -> Void

  /// Creates a step.
  package init(_ name: String, deadlineSeconds: Double, action: @escaping @Sendable () async -> Void) {
    self.name = name
    self.deadlineSeconds = deadlineSeconds
    self.action = action
  }
}

/// The stages of a program, and the steps of its shutdown.
package final class LifeCycle: Sendable {
  /// The stages, in their order. A program never returns to an earlier one.
  package enum Stage: Sendable, Hashable {
    case starting, ready, stopping, stopped
  }

  private let stage = Mutex(Stage.starting)
  private let logger: Logger

  /// Creates the life cycle of a program in the stage `starting`.
  package init(logger: Logger) {
    self.logger = logger
  }

  /// The current stage.
  package var current: Stage { stage.withLock { $0 } }

  /// Ends the stage `starting`, unless a shutdown has begun.
  package func becomeReady() {
    stage.withLock { if $0 == .starting { $0 = .ready } }
  }

  /// Runs the steps in order, each up to its deadline. Does nothing and returns false where another caller was first,
  /// so that a second Ctrl-C does not run the steps twice.
  @discardableResult
  package func shutDown(_ steps: [ShutdownStep]) async -> Bool {
    let isFirst = stage.withLock { stage in
      guard stage == .starting || stage == .ready else { return false }
      stage = .stopping
      return true
    }
    guard isFirst else { return false }
    for step in steps { await perform(step) }
    stage.withLock { $0 = .stopped }
    return true
  }

  private func perform(_ step: ShutdownStep) async {
    logger.debug("shutdown step", metadata: ["step": "\(step.name)"])
    let hasEnded = await TimeLimit.run(seconds: step.deadlineSeconds, step.action)
    if !hasEnded {
      logger.warning("shutdown step exceeded its deadline", metadata: ["step": "\(step.name)"])
    }
  }
}

/// The exit codes of all programs. Scripts and supervisors depend on the numbers.
package enum ExitCode: Int32, Sendable, Hashable {
  /// The work is done, and no difference was found.
  case success = 0
  /// An error.
  case failure = 1
  /// The program found a difference or a violation.
  case difference = 2
  /// Wrong usage (`EX_USAGE` of sysexits.h).
  case usage = 64
  /// Wrong configuration (`EX_CONFIG` of sysexits.h).
  case configuration = 78

  /// How long the end of a process waits for the reader of its log.
  private static let flushMilliseconds = 2_000

  /// Ends the process with this code, and writes what is in the buffers of its output. A reader of the log that stalls does
  /// not keep the process. Where a part of the results was lost, as on a full disk, it reports that, and the code is 1.
  ///
  /// Other threads may be at work. So this does not call `exit(3)`, which first runs the handlers of the libraries: a thread
  /// that connected to a database used a lock that OpenSSL's handler had freed, and crashed the process.
  package func exit() -> Never { Self.end(rawValue) }

  /// As ``exit()``, with the code of a command that a signal has stopped: 128 and its number, as shells report it.
  package static func end(_ code: Int32) -> Never {
    var code = code
    if let reason = LogSink.lostResult {
      let line = "error: the output is not complete: cannot write to standard output: \(reason)\n"
      LogSink.standardError.write(Array(line.utf8))
      code = ExitCode.failure.rawValue
    }
    LogSink.standardError.flush(withinMilliseconds: flushMilliseconds)
    fflush(nil)
    _exit(code)
  }
}
