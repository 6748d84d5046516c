import Cryptography
import Routing

/// Slows messages down: those that one source asks for, and those to one address. An unknown address counts like a known
/// one, so a refusal reveals nothing.
struct MailThrottle: Sendable {
  /// Messages that one source asks for within the window.
  static let maximumOfSource: Int64 = 20
  /// Messages to one address within the window.
  static let maximumToAddress: Int64 = 3
  /// The pause between two messages afterwards.
  static let pauseSeconds = 300

  let counts: AttemptCounts

  /// Counts a message, and refuses it within a pause.
  func check(to address: String, from source: String) async throws(Problem) {
    try await check("mails-of-source", source, limit: Self.maximumOfSource)
    try await check("mails-to-address", address, limit: Self.maximumToAddress)
  }

  private func check(_ name: String, _ subject: String, limit: Int64) async throws(Problem) {
    let digest = SHA256.hex(subject)
    guard await counts.add(counts.cache.key(name, digest)) > limit else { return }
    let rest = await counts.secondsOfPause("\(name)-pause", digest, seconds: Self.pauseSeconds)
    if let rest { throw .tooManyRequests("too many messages", retryAfterSeconds: rest) }
  }
}
