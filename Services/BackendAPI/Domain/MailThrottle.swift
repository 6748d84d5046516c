import Cryptography
import Routing
import Schema
import Transport

/// Slows messages down: those that one source asks for, and those to one address. An unknown address counts like a known
/// one, so a refusal reveals nothing.
///
/// A source is refused for what it asked for itself. Requests of others for the same address keep no user from a message:
///
/// - A token for another password goes to the account's own address. Beyond the limit of the address nothing is sent, and the
///   token that was sent last stays valid.
/// - A confirmation is for one user, and the messages of other users have no use for that user. So the first message of a user
///   to an address has no limit in common with further messages of others. Where it is not sent all the same, the user, who
///   is signed in, gets 429.
struct MailThrottle: Sendable {
  /// Messages that one source asks for within the window.
  static let maximumOfSource: Int64 = 20
  /// Messages to one address that one source asks for within the window.
  static let maximumOfSourceToAddress: Int64 = 3
  /// Messages to one address that all sources of a site ask for.
  static let maximumOfSiteToAddress: Int64 = 6
  /// Messages to one address, for one purpose, within the window; of confirmations those behind a user's first one. One source
  /// alone does not reach it.
  static let maximumToAddress: Int64 = 10
  /// Confirmations of one address that one user asks for within the window.
  static let maximumOfUserToAddress: Int64 = 3
  /// Users whose first confirmation of one address is sent within the window: a bound for the owner of the mailbox.
  static let maximumUsersToAddress: Int64 = 30
  /// The pause between two messages that one source asks for afterwards.
  static let pauseSeconds = 300

  let counts: AttemptCounts

  /// Counts a message with a token for another password, and refuses it within a pause of its source. Returns whether it may
  /// be sent: the answer is the same where it may not.
  func checkReset(of address: String, from source: ClientSource) async throws(Problem) -> Bool {
    try await checkSource(source, .password, address)
    return await countToAddress(.password, address) <= Self.maximumToAddress
  }

  /// Counts a message with a token that confirms an address, and refuses it where it is not to be sent.
  func checkConfirmation(
    of address: String, by userID: Int64, from source: ClientSource
  ) async throws(Problem) {
    try await checkSource(source, .email, address)
    let ofUser = await count("mails-of-user-to-address", "\(userID) \(address)")
    guard await maySendToAddress(address, messagesOfUser: ofUser) else {
      throw .tooManyRequests("too many messages to this address", retryAfterSeconds: Self.pauseSeconds)
    }
  }

  private func maySendToAddress(_ address: String, messagesOfUser ofUser: Int64) async -> Bool {
    if ofUser == 1 { return await count("users-to-address", address) <= Self.maximumUsersToAddress }
    guard ofUser <= Self.maximumOfUserToAddress else { return false }
    return await countToAddress(.email, address) <= Self.maximumToAddress
  }

  private func checkSource(
    _ source: ClientSource, _ purpose: UserTokenPurpose, _ address: String
  ) async throws(Problem) {
    for counted in source.counted {
      try await check(
        "mails-of-source", "\(counted.source)", limit: Self.maximumOfSource * counted.networks)
    }
    for counted in source.counted {
      let limit = counted.source == source ? Self.maximumOfSourceToAddress : Self.maximumOfSiteToAddress
      try await check(
        "mails-of-source-to-address", "\(counted.source) \(Self.subject(purpose, address))", limit: limit)
    }
  }

  private func check(_ name: String, _ subject: String, limit: Int64) async throws(Problem) {
    guard await count(name, subject) > limit else { return }
    let rest = await counts.secondsOfPause(
      "\(name)-pause", SHA256.hex(subject), seconds: Self.pauseSeconds)
    if let rest { throw .tooManyRequests("too many messages", retryAfterSeconds: rest) }
  }

  private func countToAddress(_ purpose: UserTokenPurpose, _ address: String) async -> Int64 {
    await count("mails-to-address", Self.subject(purpose, address))
  }

  private func count(_ name: String, _ subject: String) async -> Int64 {
    await counts.add(counts.cache.key(name, SHA256.hex(subject)))
  }

  private static func subject(_ purpose: UserTokenPurpose, _ address: String) -> String {
    "\(purpose.rawValue) \(address)"
  }
}
