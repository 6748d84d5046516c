import Identity
import Runtime
import Schema

/// How long a session and its tokens last.
struct SessionLifetimes: Sendable, Hashable {
  static let tokenRange = 60...Int(TokenLifetime.seconds)
  static let sessionRange = 60...(366 * 86_400)

  /// `ACCESS_TOKEN_SECONDS`: how long the other services believe a token at most.
  var tokenSeconds = 600
  /// `SESSION_IDLE_SECONDS`: a session that is not refreshed ends after 7 days.
  var idleSeconds = 7 * 86_400
  /// `SESSION_SECONDS`: after 30 days people sign in again, however often a session was refreshed.
  var sessionSeconds = 30 * 86_400

  /// How long the refresh token before the valid one is accepted: its client may not have got the answer, or has several
  /// windows. It is longer than a request may take.
  static let graceSeconds: Int64 = 30
  /// How far the clock of the process that exchanged it may be ahead. Where it was ahead by more, ``graceSeconds`` would
  /// last as much longer, and the exchange counts as one long ago.
  static let clockDifferenceSeconds: Int64 = 60

  /// When a session ends that was opened at `begin` and refreshed now, in whole seconds.
  func end(ofSessionFrom begin: Timestamp, refreshedAt now: Timestamp) -> Timestamp {
    Timestamp(
      secondsSinceEpoch: min(
        begin.secondsSinceEpoch + Int64(sessionSeconds), now.secondsSinceEpoch + Int64(idleSeconds)))
  }

  /// For how many seconds a token of the session is valid: never longer than the session.
  func tokenSeconds(until end: Timestamp, from now: Timestamp) -> Int64 {
    min(Int64(tokenSeconds), end.secondsSinceEpoch - now.secondsSinceEpoch)
  }
}

extension SessionLifetimes {
  init(reading environment: inout EnvironmentReader) {
    let usual = SessionLifetimes()
    tokenSeconds = environment.integer(
      "ACCESS_TOKEN_SECONDS", default: usual.tokenSeconds, in: Self.tokenRange)
    idleSeconds = environment.integer(
      "SESSION_IDLE_SECONDS", default: usual.idleSeconds, in: Self.sessionRange)
    sessionSeconds = environment.integer(
      "SESSION_SECONDS", default: usual.sessionSeconds, in: Self.sessionRange)
  }
}
