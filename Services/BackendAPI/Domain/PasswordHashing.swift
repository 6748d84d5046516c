import Cryptography
import EventLoop
import Logging

/// scrypt, off the loop: one hash costs tens of milliseconds and must not stand in the way of other requests.
struct PasswordHashing: Sendable {
  let logger: Logger
  /// A hash of a random password, so that an unknown user costs what a wrong password costs.
  private let decoy = PasswordHash.decoy()

  init(logger: Logger) {
    self.logger = logger
  }

  func hash(_ password: String) async throws -> String {
    try await Offload.run { try PasswordHash.hash(password) }
  }

  /// Whether the password is the one that was hashed; with no hash the same work is done, and the answer is no.
  ///
  /// A stored text that is no hash of ours matches nothing, and costs the same too.
  func verify(_ password: String, against stored: String?) async throws -> Bool {
    do {
      return try await matches(password, stored ?? decoy) && stored != nil
    } catch CryptographyError.malformedHash {
      logger.error("a stored password hash cannot be read; nobody can sign in with it")
      return try await matches(password, decoy) && false
    }
  }

  private func matches(_ password: String, _ hash: String) async throws -> Bool {
    try await Offload.run { try PasswordHash.verify(password, against: hash) }
  }
}
