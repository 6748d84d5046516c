import Service

extension SmokeStory {
  private static let pauseMilliseconds = 200
  /// Looks for the effect of an event for a minute longer than it waits where the engine reports no open transactions: a
  /// consumer that met a failure pauses for up to half a minute before it goes on.
  private static let eventAttempts =
    (Int(FeedMark.unknownWritersNanoseconds / 1_000_000) + 60_000) / pauseMilliseconds
  /// The looks after which the reader of the story gets a reason for the wait.
  private static let attemptsBeforeReason = 50

  /// Waits until another service has followed the event log so far. False when it has not in time.
  func waitForEvent(_ isDone: () async throws -> Bool) async throws -> Bool {
    for attempt in 0..<Self.eventAttempts {
      if try await isDone() { return true }
      if attempt == Self.attemptsBeforeReason {
        console.print(
          "  · waiting: an engine that reports no open transactions holds each event for two minutes")
      }
      try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
    }
    return false
  }
}
