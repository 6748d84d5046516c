import Cryptography
import Encoding

/// The verifier that the engine stores instead of a password (RFC 5802 and 7677). The tool computes it, so that the
/// password appears in no statement and not in the engine's log.
package enum SCRAMVerifier {
  /// PostgreSQL's default, `scram_iterations`.
  package static let defaultIterations = 4096

  private static let saltByteCount = 16

  /// Returns the string that PostgreSQL stores in `pg_authid.rolpassword`:
  /// `SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY`.
  ///
  /// It accepts only printable ASCII, which SASLprep (RFC 4013), as PostgreSQL applies it, leaves unchanged. The tool
  /// generates passwords from that range.
  /// - Throws: `invalidParameter` for an empty password or one with other characters.
  package static func text(for password: String) throws(CryptographyError) -> String {
    try text(for: password, salt: SecureRandom.bytes(saltByteCount), iterations: defaultIterations)
  }

  /// Whether a stored verifier is that of the password. One of another kind is of none, and so is one that would take a
  /// second to compute.
  static func isOf(_ password: String, _ verifier: String) -> Bool {
    let parts = verifier.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return false }
    let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard numbers.count == 2, let iterations = Int(numbers[0]), (1...mostIterations).contains(iterations),
      let salt = Base64.decode(numbers[1])
    else { return false }
    return (try? text(for: password, salt: salt, iterations: iterations)) == verifier
  }

  private static let mostIterations = 1_000_000

  /// The bytes of a password from which a verifier can be made.
  static func bytes(of password: String) throws(CryptographyError) -> [UInt8] {
    let bytes = Array(password.utf8)
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .invalidParameter("a password for SCRAM must be printable ASCII")
    }
    return bytes
  }

  static func text(
    for password: String, salt: [UInt8], iterations: Int
  ) throws(CryptographyError) -> String {
    let bytes = try bytes(of: password)
    let salted = try PBKDF2.sha256(password: bytes, salt: salt, iterations: iterations)
    let storedKey = SHA256.hash(HMAC.sha256(Array("Client Key".utf8), key: salted))
    let serverKey = HMAC.sha256(Array("Server Key".utf8), key: salted)
    return "SCRAM-SHA-256$\(iterations):\(Base64.encode(salt))"
      + "$\(Base64.encode(storedKey)):\(Base64.encode(serverKey))"
  }
}
