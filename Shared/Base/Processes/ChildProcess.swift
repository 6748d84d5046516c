import Glibc
import Synchronization

/// A program that runs as a child of this process.
///
/// The child gets the environment, working folder and streams that its starter names, an empty signal mask, the default
/// action for every signal, no other descriptor, and a process group of its own: Ctrl-C on a terminal does not reach it.
///
/// Foundation's `Process` is not used. In Swift 6.3.1 its `run()` reads past the end of a directory entry and can end the
/// program with signal 11 (swift-corelibs-foundation, pull request 5472). It also passes on the signal mask of the calling
/// thread, and Dispatch blocks nearly every signal on its threads.
package final class ChildProcess: Sendable {
  /// How a child ended.
  package enum Ending: Equatable, Sendable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)

    package var description: String {
      switch self {
      case .exit(let code): "exit \(code)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  package let identifier: pid_t
  /// Set once the child has ended and its identifier is free for another process.
  private let collected = Mutex<Ending?>(nil)

  /// Starts a program. `program` is a path, or a name that is looked up in this process's `PATH`.
  ///
  /// - Parameters:
  ///   - environment: all variables of the child; nil passes on those of this process.
  ///   - folder: its working folder; nil is the present one.
  /// - Throws: `ProcessError` with the program's name and the system's reason.
  package init(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    folder: String? = nil, streams: ProcessStreams = .none
  ) throws(ProcessError) {
    identifier = try Spawn(
      program: program, arguments: arguments, environment: environment, folder: folder, streams: streams
    ).start()
  }

  deinit { _ = ending }

  /// How the child ended; nil while it runs.
  package var ending: Ending? {
    collected.withLock { collected in
      if let collected { return collected }
      var status: Int32 = 0
      guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
      collected = Ending(status: status)
      return collected
    }
  }

  package var isRunning: Bool { ending == nil }

  /// Sends a signal to a child that has not ended. The lock keeps its identifier from a new process.
  package func send(_ signal: Int32) {
    collected.withLock { collected in
      if collected == nil { _ = kill(identifier, signal) }
    }
  }

  /// Blocks the thread until the child has ended.
  package func wait() -> Ending {
    while true {
      if let ending { return ending }
      // Waits without collecting, so that `send` never meets the identifier of another process.
      var information = siginfo_t()
      _ = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT)
    }
  }
}

extension ChildProcess.Ending {
  /// Reads the status of waitpid(2).
  init(status: Int32) {
    let signal = status & 0x7f
    self = signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
  }
}

/// A program that could not start, or whose output could not be read.
package struct ProcessError: Error, CustomStringConvertible {
  package let description: String

  init(_ action: String, _ code: Int32) { description = "\(action): \(String(cString: strerror(code)))" }
}
