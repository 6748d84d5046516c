import Cryptography
import EventLoop
import Logging

/// scrypt outside the loop: one hash takes tens of milliseconds and must not delay other requests.
struct PasswordHashing: Sendable {
  let logger: Logger
  /// A hash of a random password, so that an unknown user takes as long as a wrong password.
  private let decoy = PasswordHash.decoy()

  init(logger: Logger) {
    self.logger = logger
  }

  func hash(_ password: String) async throws -> String {
    try await Offload.run { try PasswordHash.hash(password) }
  }

  /// Whether the hash has another cost than a new one.
  func needsRehash(_ stored: String) -> Bool { PasswordHash.needsRehash(stored) }

  /// Whether the password matches the hash. Without a hash the result is false, after the same work.
  ///
  /// A stored text that is not a hash matches no password, after the same work too.
  func verify(_ password: String, against stored: String?) async throws -> Bool {
    do {
      return try await matches(password, stored ?? decoy) && stored != nil
    } catch CryptographyError.malformedHash {
      logger.error("stored password hash is malformed; its user cannot sign in")
      return try await matches(password, decoy) && false
    }
  }

  private func matches(_ password: String, _ hash: String) async throws -> Bool {
    try await Offload.run { try PasswordHash.verify(password, against: hash) }
  }
}
