/// Passwords at rest: salted scrypt in a PHC string.
///
/// ```swift
/// let stored = try await Offload.run { try PasswordHash.hash(password) }
/// let matches = try await Offload.run { try PasswordHash.verify(password, against: stored) }
/// ```
/// Both take some 60 ms and 32 MiB at the standard cost: never on an event loop.
/// The password is hashed as the UTF-8 bytes that were given, without normalization. A zero byte is refused: HMAC pads
/// its key with zeros, so to scrypt `x` and `x\0` are the same password.
package enum PasswordHash {
  /// The longest password that is hashed, in bytes.
  package static let maximumPasswordBytes = 1024

  private static let saltByteCount = 16
  private static let keyByteCount = 32

  /// A PHC string for the password, with a fresh random salt.
  /// - Throws: `invalidParameter` for a password longer than ``maximumPasswordBytes`` or with a zero byte.
  package static func hash(
    _ password: String, cost: ScryptCost = .standard
  ) throws(CryptographyError) -> String {
    try hash(password, cost: cost, salt: SecureRandom.bytes(saltByteCount))
  }

  static func hash(
    _ password: String, cost: ScryptCost, salt: [UInt8]
  ) throws(CryptographyError) -> String {
    let password = Array(password.utf8)
    guard password.count <= maximumPasswordBytes else { throw .invalidParameter("password too long") }
    guard !password.contains(0) else { throw .invalidParameter("a password cannot hold a zero byte") }
    let key = try Scrypt.deriveKey(password: password, salt: salt, cost: cost, byteCount: keyByteCount)
    return PHCString(cost: cost, salt: salt, key: key).text
  }

  /// Whether the password is the one that was hashed.
  /// - Throws: `malformedHash` for a stored string that is not ours or asks for more than ``ScryptCost`` admits.
  package static func verify(_ password: String, against stored: String) throws(CryptographyError) -> Bool {
    guard let record = PHCString(stored) else { throw .malformedHash }
    let password = Array(password.utf8)
    guard password.count <= maximumPasswordBytes, !password.contains(0) else { return false }
    let key = try Scrypt.deriveKey(
      password: password, salt: record.salt, cost: record.cost, byteCount: record.key.count)
    return constantTimeEquals(key, record.key)
  }

  /// Whether the stored string was made at another cost and should be made anew at the next successful sign-in.
  package static func needsRehash(_ stored: String, cost: ScryptCost = .standard) -> Bool {
    PHCString(stored)?.cost != cost
  }

  /// A well-formed string that no password matches.
  ///
  /// Verify against it when the user is unknown: the answer then takes as long as for a wrong password, and nobody
  /// learns from the time who has an account.
  package static func decoy(cost: ScryptCost = .standard) -> String {
    PHCString(
      cost: cost, salt: SecureRandom.bytes(saltByteCount), key: SecureRandom.bytes(keyByteCount)
    ).text
  }
}
