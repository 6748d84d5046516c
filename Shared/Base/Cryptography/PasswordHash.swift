/// Password hashing with salted scrypt, stored as a PHC string.
///
/// ```swift
/// let stored = try await queue.run { try PasswordHash.hash(password) }
/// let matches = try await queue.run { try PasswordHash.verify(password, against: stored) }
/// ```
/// Both take about 60 ms and 32 MiB at the standard cost, so never call them on an event loop.
/// They hash the password's UTF-8 bytes without normalization, and refuse a zero byte: HMAC pads its key with zeros, so
/// scrypt derives the same key from `x` and `x\0`.
package enum PasswordHash {
  /// The longest accepted password, in bytes.
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

  /// Whether the password matches the stored hash.
  /// - Throws: `malformedHash` for a stored string of another format, or a cost beyond the limits of ``ScryptCost``.
  package static func verify(_ password: String, against stored: String) throws(CryptographyError) -> Bool {
    guard let record = PHCString(stored) else { throw .malformedHash }
    let password = Array(password.utf8)
    guard password.count <= maximumPasswordBytes, !password.contains(0) else { return false }
    let key = try Scrypt.deriveKey(
      password: password, salt: record.salt, cost: record.cost, byteCount: record.key.count)
    return constantTimeEquals(key, record.key)
  }

  /// Whether the stored hash has another cost. The caller replaces it at the user's next successful sign-in.
  package static func needsRehash(_ stored: String, cost: ScryptCost = .standard) -> Bool {
    PHCString(stored)?.cost != cost
  }

  /// A well-formed string that no password matches.
  ///
  /// Verify against it when the user is unknown. The response then takes as long as for a wrong password, so its time
  /// does not reveal whether an account exists.
  package static func decoy(cost: ScryptCost = .standard) -> String {
    PHCString(
      cost: cost, salt: SecureRandom.bytes(saltByteCount), key: SecureRandom.bytes(keyByteCount)
    ).text
  }
}
