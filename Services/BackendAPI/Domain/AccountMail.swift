import Cryptography
import Logging
import Routing
import Schema
import Service
import Synchronization

/// Sends tokens to users' addresses, and takes them back.
///
/// The token is stored before its message is handed on: no message has a token that is not known. When the process ends
/// in between, its user asks again.
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

  /// Sends a token to an address that a user wants to have.
  func confirm(_ address: String, of userID: Int64, by author: EventAuthor) async throws {
    guard try await send(.confirmEmail, .email, to: address, of: userID, by: author, Self.confirmationSeconds)
    else { throw Problem.notFound() }
  }

  /// Sends a token to the user with this address, if there is one. The caller learns nothing of it.
  func reset(_ address: String, by author: EventAuthor) async {
    do {
      guard let found = try await users.credentials(forEmail: address), found.active else { return }
      _ = try await send(
        .resetPassword, .password, to: address, of: found.userID, by: author, Self.resetSeconds)
    } catch {
      logger.error("no token sent for a new password", metadata: ["error": "\(error)"])
    }
  }

  /// Notifies the user of a change that was made with a token. The change is made, so a failure is only logged.
  func notify(_ kind: MailMessage.Kind, _ address: String) {
    do throws(MailError) {
      try mailer.send(MailMessage(kind, to: address, at: currentTime()))
    } catch {
      logger.error("a user was not notified", metadata: ["kind": "\(kind.rawValue)", "error": "\(error)"])
    }
  }

  private func send(
    _ kind: MailMessage.Kind, _ purpose: UserTokenPurpose, to address: String, of userID: Int64,
    by author: EventAuthor, _ seconds: Int64
  ) async throws -> Bool {
    let (token, now) = (SecureRandom.token(), currentTime())
    let end = now.adding(seconds: seconds)
    let isStored = try await tokens.store(
      token, for: purpose, of: userID, sentTo: address, by: author, at: now, until: end)
    guard isStored else { return false }
    do throws(MailError) {
      try mailer.send(MailMessage(kind, to: address, token: token, at: now, until: end))
    } catch {
      logger.error("a message was not taken", metadata: ["kind": "\(kind.rawValue)", "error": "\(error)"])
      throw Problem.unavailable("No message can be sent at present.", retryAfterSeconds: 60)
    }
    return true
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
