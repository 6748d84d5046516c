import Cryptography
import Logging
import Routing
import Schema
import Service
import Synchronization

/// Sends tokens to users' addresses, and takes them back.
///
/// The token is stored before its message is handed on: no message has a token that is not known. When the process ends
/// in between, or the message is not taken, its user asks again.
struct AccountMail: Sendable {
  /// How long a token is valid.
  static let confirmationSeconds: Int64 = 86_400
  static let resetSeconds: Int64 = 3_600

  let tokens: UserTokenRepository
  let users: UserRepository
  let mailer: any Mailer
  let throttle: MailThrottle
  let logger: Logger
  let currentTime: @Sendable () -> Timestamp

  /// A token for an address that a user wants to have. The transaction of the request stores it, then it is sent.
  func confirmation(of address: String, for userID: Int64) -> MailedToken {
    MailedToken(
      .confirmEmail, .email, to: address, of: userID, at: currentTime(), seconds: Self.confirmationSeconds)
  }

  /// Sends a token to the user with this address, if there is one. The caller learns nothing of it.
  func reset(_ address: String, by author: EventAuthor) async {
    do {
      guard let found = try await users.credentials(forEmail: address), found.active else { return }
      let token = MailedToken(
        .resetPassword, .password, to: address, of: found.userID, at: currentTime(),
        seconds: Self.resetSeconds)
      // A token without its message would replace one that the user can still use.
      try await mailer.check()
      guard try await tokens.storeForOwnerOfAddress(token, by: author) else { return }
      await send(token)
    } catch {
      logger.error("no token sent for a new password", metadata: ["error": "\(error)"])
    }
  }

  /// Notifies the user of a change that was made with a token. The change is made, so a failure is only logged.
  func notify(_ kind: MailMessage.Kind, _ address: String) async {
    do throws(MailError) {
      try await mailer.send(MailMessage(kind, to: address, at: currentTime()))
    } catch {
      logger.error("a user was not notified", metadata: ["kind": "\(kind.rawValue)", "error": "\(error)"])
    }
  }

  /// Refuses a request whose message cannot be sent, before it changes anything.
  func check() async throws(Problem) {
    do throws(MailError) {
      try await mailer.check()
    } catch {
      logger.error("no message can be sent", metadata: ["error": "\(error)"])
      throw .unavailable("No message can be sent at present.", retryAfterSeconds: 60)
    }
  }

  /// Sends a token that is stored. What was changed with it is made, so a failure is only logged.
  func send(_ token: MailedToken) async {
    do throws(MailError) {
      try await mailer.send(
        MailMessage(token.kind, to: token.address, token: token.text, at: token.start, until: token.end))
    } catch {
      logger.error(
        "a message was not taken", metadata: ["kind": "\(token.kind.rawValue)", "error": "\(error)"])
    }
  }
}

/// A token that goes to an address of a user.
struct MailedToken: Sendable {
  let kind: MailMessage.Kind
  let purpose: UserTokenPurpose
  let address: String
  let userID: Int64
  let text = SecureRandom.token()
  let start: Timestamp
  let end: Timestamp

  init(
    _ kind: MailMessage.Kind, _ purpose: UserTokenPurpose, to address: String, of userID: Int64,
    at now: Timestamp, seconds: Int64
  ) {
    (self.kind, self.purpose, self.address, self.userID) = (kind, purpose, address, userID)
    (start, end) = (now, now.adding(seconds: seconds))
  }
}

/// Bounds the work that goes on after the answers of their requests. All loops of the process share it.
final class BackgroundWork: Sendable {
  private let limit: Int
  private let running = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// Starts work with `start`, unless as much as the limit is under way.
  func begin(
    with start: @Sendable (@escaping @Sendable () async -> Void) -> Void,
    _ body: @escaping @Sendable () async -> Void
  ) throws(Problem) {
    let isFree = running.withLock { running in
      guard running < limit else { return false }
      running += 1
      return true
    }
    guard isFree else { throw .unavailable("The service is at its limit.", retryAfterSeconds: 5) }
    start {
      await body()
      self.running.withLock { $0 -= 1 }
    }
  }
}
