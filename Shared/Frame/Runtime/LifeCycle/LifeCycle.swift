import Dispatch
import Logging
import Synchronization

/// One thing to do while a program ends, and how long it may take.
package struct ShutdownStep: Sendable {
  /// For the log, for example `drain requests`.
  package let name: String
  /// After this long the next step begins, whether this one has ended or not; zero is no time at all.
  package let deadlineSeconds: Double
  /// What to do; must not throw, for a failing step may not keep the later ones from being done.
  package let action: @Sendable () async -> Void

  /// Describes a step.
  package init(_ name: String, deadlineSeconds: Double, action: @escaping @Sendable () async -> Void) {
    self.name = name
    self.deadlineSeconds = deadlineSeconds
    self.action = action
  }
}

/// The stages of a program's life, and its steps on the way out.
package final class LifeCycle: Sendable {
  /// Each stage follows the one before it, never back.
  package enum Stage: Sendable, Hashable {
    case starting, ready, stopping, stopped
  }

  private let stage = Mutex(Stage.starting)
  private let logger: Logger

  /// A program that has just begun.
  package init(logger: Logger) {
    self.logger = logger
  }

  /// Where the program is in its life.
  package var current: Stage { stage.withLock { $0 } }

  /// Start is over: readiness may go on.
  package func becomeReady() {
    stage.withLock { if $0 == .starting { $0 = .ready } }
  }

  /// Runs the steps in order, each up to its deadline. Returns false, and does nothing, when another caller was first:
  /// a second Ctrl-C must not run the steps twice.
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
