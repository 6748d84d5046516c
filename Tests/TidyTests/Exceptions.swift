/// The bans, and their exceptions with reasons.
extension WordRules {
  static let bans = [
    unchecked, uncheckedAccess, unsafeIsolation, forcedTry, forcedCast, fatal, printing, foundationProcess,
    openToAll,
  ]

  private static let code = ["Shared", "Services"]

  static let unchecked = Ban(
    word: "@unchecked Sendable", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/EventLoop/EventLoop.swift", count: 1,
        reason: "only the loop's own thread uses its state; other threads pass work through a lock"),
      Exception(
        path: "Shared/Net/EventLoop/LoopTask.swift", count: 1,
        reason: "only the loop's own thread uses its state; its task goes on with it there"),
      Exception(
        path: "Shared/Net/EventLoop/LoopBound.swift", count: 1,
        reason: "it checks the confinement to a loop at every access"),
      Exception(
        path: "Shared/Base/Cryptography/TLS/TLSContext.swift", count: 1,
        reason: "nothing changes a context once it is made, and OpenSSL's manual allows threads to share it"),
      Exception(
        path: "Shared/Engines/PostgreSQL/Driver/Results/ResultHandle.swift", count: 1,
        reason: "libpq's results are read-only, and its manual allows threads to share them"),
    ])

  static let uncheckedAccess = Ban(
    word: "@exclusivity(unchecked)", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/EventLoop/EventLoop.swift", count: 4,
        reason: "its queues and their spares are never open while anything else of them runs")
    ])

  static let unsafeIsolation = Ban(word: "nonisolated(unsafe)", folders: code)
  static let forcedTry = Ban(word: "try!", folders: code)
  static let forcedCast = Ban(word: "as!", folders: code)
  static let fatal = Ban(word: "fatalError(", folders: code)
  /// Standard output is for the tool's results; all other output is a log line.
  static let printing = Ban(word: "print(", folders: ["Shared"])
  /// Its `run()` can end the program with signal 11; `ChildProcess` has the reason and replaces it.
  static let foundationProcess = Ban(word: "Process()", folders: code + ["Tests", "Benchmarks"])
  /// Nothing outside this package uses its declarations.
  static let openToAll = Ban(
    word: "public ", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/Transport/FIFO.swift", count: 8,
        reason: "the compiler specialises a generic type in other modules only where it is public")
    ])
}
