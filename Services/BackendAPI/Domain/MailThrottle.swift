import Cryptography
import Routing
import Schema

/// Slows messages down: those that one source asks for, and those to one address. An unknown address counts like a known
/// one, so a refusal reveals nothing.
///
/// A source is refused for what it asked for itself. Requests of other sources for the same address refuse none: a
/// stranger would otherwise keep a known user from another password. Beyond the limit of the address nothing is sent, and
/// the token that was sent last stays valid.
struct MailThrottle: Sendable {
  /// Messages that one source asks for within the window.
  static let maximumOfSource: Int64 = 20
  /// Messages to one address that one source asks for within the window.
  static let maximumOfSourceToAddress: Int64 = 3
  /// Messages to one address, for one purpose, within the window. One source alone does not reach it.
  static let maximumToAddress: Int64 = 10
  /// The pause between two messages that one source asks for afterwards.
  static let pauseSeconds = 300

  let counts: AttemptCounts

  /// Counts a message, and refuses it within a pause of its source. Returns whether it may be sent: the answer is the
  /// same where it may not.
  func check(
    _ purpose: UserTokenPurpose, to address: String, from source: String
  ) async throws(Problem) -> Bool {
    let subject = "\(purpose.rawValue) \(address)"
    try await check("mails-of-source", source, limit: Self.maximumOfSource)
    try await check(
      "mails-of-source-to-address", "\(source) \(subject)", limit: Self.maximumOfSourceToAddress)
    let sent = await counts.add(counts.cache.key("mails-to-address", SHA256.hex(subject)))
    return sent <= Self.maximumToAddress
  }

  private func check(_ name: String, _ subject: String, limit: Int64) async throws(Problem) {
    let digest = SHA256.hex(subject)
    guard await counts.add(counts.cache.key(name, digest)) > limit else { return }
    let rest = await counts.secondsOfPause("\(name)-pause", digest, seconds: Self.pauseSeconds)
    if let rest { throw .tooManyRequests("too many messages", retryAfterSeconds: rest) }
  }
}
