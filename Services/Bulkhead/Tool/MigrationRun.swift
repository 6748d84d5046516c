import ArgumentParser
import DataAccess
import Dispatch
import Glibc
import Migrations
import Runtime
import Synchronization

/// The options of the commands that change the schema.
struct MigrationOptions: ParsableArguments {
  static let defaultWaitSeconds = 60
  static let longestWaitSeconds = 86_400

  @Option(help: "Seconds to wait for another migration, and for sessions that hold the tables.")
  var wait = MigrationOptions.defaultWaitSeconds

  func validate() throws {
    guard (0...Self.longestWaitSeconds).contains(wait) else {
      throw ValidationError("--wait must be from 0 to \(Self.longestWaitSeconds)")
    }
  }

  var waits: LockLimits { LockLimits(totalMilliseconds: wait * 1_000) }
}

extension DatabaseContext {
  /// Opens the database and runs `body` with its migrations. Ctrl-C and SIGTERM cancel the running statement in the
  /// server, and the run ends with an error. A server that has left its cluster, or another host of it that has, is refused:
  /// the schema would change on one part of it.
  func migrating<Result>(
    _ options: MigrationOptions, creates: Bool = false, comparingNodes: Bool = false,
    _ body: (MigrationEngine) async throws -> Result
  ) async throws -> Result {
    let stop = MigrationStop(of: tool.stop)
    tool.stop.pass { _ in stop.request() }
    defer { tool.stop.takeBack() }
    return try await withDatabase(creates: creates, waiting: true) { database in
      try await administration.refusePart(
        ofClusterOf: database, in: site, comparesTables: comparingNodes)
      return try await body(
        MigrationEngine(database, waits: options.waits, cancellation: stop.beginRun()))
    }
  }

  /// Why the database does not exist; nil where it does, or where only a connection can show that.
  var absence: String? { administration.absence(of: site.configuration) }
}

/// Stops a run of migrations on a signal.
final class MigrationStop: Sendable {
  private enum State {
    case connecting
    case running
    case stopping
  }

  /// When a commit is cancelled too, which may wait for a standby, and when all that still runs is.
  private static let commitSeconds = 3
  private static let lastSeconds = 8

  private let state = Mutex(State.connecting)
  private let cancellation = MigrationCancellation()
  private let command: CommandStop
  private var console: Console { command.console }

  init(of command: CommandStop) {
    self.command = command
  }

  /// From now on a signal cancels the run; before, it ends the tool.
  func beginRun() -> MigrationCancellation {
    state.withLock { $0 = .running }
    return cancellation
  }

  /// Whether a stop was requested.
  var isRequested: Bool { cancellation.isRequested }

  /// A signal arrived.
  func request() {
    let previous = state.withLock { state in
      defer { state = .stopping }
      return state
    }
    switch previous {
    case .connecting, .stopping: end("stopped before the run had ended")
    case .running:
      cancellation.request()
      console.progress("stopping: cancelling the running statement")
      let (console, watch, grace) = (console, command.watch, CommandStop.graceSeconds)
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.commitSeconds)) {
        if watch.running.allSatisfy({ $0.operation.label == "commit" }) { watch.cancelRunning() }
      }
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.lastSeconds)) {
        watch.cancelRunning()
      }
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(grace)) {
        console.printError("the server did not cancel the statement within \(grace) s")
        Runtime.ExitCode.failure.exit()
      }
    }
  }

  private func end(_ reason: String) {
    console.printError(reason)
    Runtime.ExitCode.failure.exit()
  }
}
