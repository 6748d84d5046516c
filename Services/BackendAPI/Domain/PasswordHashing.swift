import Cryptography
import EventLoop

/// scrypt, off the loop: one hash costs tens of milliseconds and must not stand in the way of other requests.
struct PasswordHashing: Sendable {
  /// A hash of a random password, so that an unknown user costs what a wrong password costs.
  private let decoy = PasswordHash.decoy()

  func hash(_ password: String) async throws -> String {
    try await Offload.run { try PasswordHash.hash(password) }
  }

  /// Whether the password is the one that was hashed; with no hash the same work is done, and the answer is no.
  func verify(_ password: String, against stored: String?) async throws -> Bool {
    let hash = stored ?? decoy
    let matches = try await Offload.run { try PasswordHash.verify(password, against: hash) }
    return matches && stored != nil
  }
}
