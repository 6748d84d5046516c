/// What may stand in the code although it is banned, each with its reason.
extension WordRules {
  static let bans = [unchecked, unsafeIsolation, forcedTry, forcedCast, fatal, printing]

  private static let code = ["Shared", "Services"]

  static let unchecked = Ban(
    word: "@unchecked Sendable", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/EventLoop/EventLoop.swift", count: 1,
        reason: "what it owns is touched by its own thread alone; other threads hand over through a lock"),
      Exception(
        path: "Shared/Net/EventLoop/LoopBound.swift", count: 1,
        reason: "the one place where confinement to a loop is checked, at every access"),
      Exception(
        path: "Shared/Engines/PostgreSQL/Driver/Results/ResultHandle.swift", count: 1,
        reason: "libpq's results are read-only once made, and its manual lets threads share them"),
    ])

  static let unsafeIsolation = Ban(word: "nonisolated(unsafe)", folders: code)
  static let forcedTry = Ban(word: "try!", folders: code)
  static let forcedCast = Ban(word: "as!", folders: code)
  static let fatal = Ban(word: "fatalError(", folders: code)
  /// Standard output belongs to the answers of the tool; everything else is a log line.
  static let printing = Ban(word: "print(", folders: ["Shared"])
}
