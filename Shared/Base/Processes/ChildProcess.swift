import Dispatch
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
  /// Left once the child has ended.
  private let life = DispatchGroup()

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
    life.enter()
    startCollector()
  }

  /// How the child ended; nil while it runs.
  package var ending: Ending? { collected.withLock { $0 } }

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
      life.wait()
    }
  }

  // MARK: The end

  /// Collects the child as soon as it ends, on a thread of its own. The starter may never look at its ending, and an ended child that is
  /// not collected occupies its identifier and every wait for any child.
  private func startCollector() {
    var thread = pthread_t()
    let child = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<ChildProcess>.fromOpaque(argument).takeRetainedValue().collect() }
        return nil
      }, child.toOpaque())
    guard code != 0 else { return _ = pthread_detach(thread) }
    child.release()
    collectLater()
  }

  /// Where the system has no thread left, a shared queue waits.
  private func collectLater() {
    DispatchQueue.global().async { self.collect() }
  }

  private func collect() {
    // Waits without collecting first, so that `send` never meets the identifier of another process.
    var information = siginfo_t()
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    collected.withLock { collected in
      var status: Int32 = 0
      _ = waitpid(identifier, &status, 0)
      collected = Ending(status: status)
    }
    life.leave()
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
