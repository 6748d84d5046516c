import Glibc

extension Signals {
  /// Runs `body`, which starts a child process, with no signal blocked on this thread.
  ///
  /// A child inherits the signal mask of the thread that starts it, and Dispatch blocks nearly every signal on its
  /// threads: a child started there would never see a SIGTERM that it does not ask for itself.
  package static func withNoneBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
