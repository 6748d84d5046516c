/// The bans, and their exceptions with reasons.
extension WordRules {
  static let bans = [
    unchecked, uncheckedAccess, unsafeIsolation, forcedTry, forcedCast, fatal, printing, foundationProcess,
    dictionaryOfJSON, openToAll, listenerWithoutBounds,
  ]

  private static let code = ["Shared", "Services"]

  /// One address can take a listener without these bounds. `fewClients` makes every listener but the public one.
  static let listenerWithoutBounds = Ban(
    word: "HTTPServerConfiguration(", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/HTTPServer/HTTPServerConfiguration+FewClients.swift", count: 1,
        reason:
          "the listeners beside the public one: places for everyone, and reserved targets without a default"),
      Exception(
        path: "Shared/Frame/Service/Program/RunningService.swift", count: 1,
        reason: "the public listener: it has a share for each address, reserved targets and a report"),
    ])

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
    ] + privateValues)

  /// Values that each request reads. They are private to their object, and no access to one calls what could reach it again.
  private static let privateValues = [
    ("Shared/Frame/Runtime/Logging/LineBatch.swift", 1), ("Shared/Frame/Service/Edge/AccessLog.swift", 1),
    ("Shared/Frame/Service/Edge/RequestMetrics.swift", 1), ("Shared/Net/EventLoop/LagProbe.swift", 1),
    ("Shared/Net/EventLoop/LoopLoad.swift", 2), ("Shared/Net/HTTPServer/LoadShedder.swift", 2),
  ].map {
    Exception(
      path: $0.0, count: $0.1, reason: "no access to these private values calls what could reach them again")
  }

  static let unsafeIsolation = Ban(word: "nonisolated(unsafe)", folders: code)
  static let forcedTry = Ban(word: "try!", folders: code)
  static let forcedCast = Ban(word: "as!", folders: code)
  static let fatal = Ban(word: "fatalError(", folders: code)
  /// Standard output is for the tool's results; all other output is a log line.
  static let printing = Ban(word: "print(", folders: ["Shared"])
  /// Its `run()` can end the program with signal 11; `ChildProcess` has the reason and replaces it.
  static let foundationProcess = Ban(word: "Process()", folders: code + ["Tests", "Benchmarks"])
  /// A dictionary loses one of two names that Unicode takes for one. A stranger's object is a `JSONObject` or a `JSONValue`.
  static let dictionaryOfJSON = Ban(
    word: "[String: JSONValue]", folders: ["Services"],
    exceptions: [
      Exception(
        path: "Services/BackendAPI/Repositories/UserRepository.swift", count: 1,
        reason: "the names in the payload of its events are its own"),
      Exception(
        path: "Services/Connector/Repositories/ChannelRepository.swift", count: 1,
        reason: "the names in the payload of its events are its own"),
      Exception(
        path: "Services/Connector/Repositories/OwnerRepository.swift", count: 1,
        reason: "the names in the payload of its events are its own"),
    ])
  /// Nothing outside this package uses its declarations.
  static let openToAll = Ban(
    word: "public ", folders: code,
    exceptions: [
      Exception(
        path: "Shared/Net/Transport/FIFO.swift", count: 8,
        reason: "the compiler specialises a generic type in other modules only where it is public"),
      Exception(
        path: "Shared/Base/Collections/RecentEntries.swift", count: 6,
        reason: "the compiler specialises a generic type in other modules only where it is public"),
      Exception(
        path: "Shared/Net/EventLoop/LoopBound.swift", count: 2,
        reason: "the compiler specialises a generic type in other modules only where it is public"),
      Exception(
        path: "Shared/Base/Encoding/ByteWriter.swift", count: 5,
        reason: "the compiler inlines a method in other modules only where it is public"),
      Exception(
        path: "Shared/Base/JSON/EscapeSearch.swift", count: 2,
        reason: "the compiler inlines a method in other modules only where it is public"),
    ])
}
