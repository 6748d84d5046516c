import Cryptography
import Encoding
import Secrets

/// The client's side of SCRAM-SHA-256 without channel binding (RFC 5802 and 7677), as PostgreSQL uses it. Pure.
///
/// libpq 15 prepares the hash anew for each of the 4,096 rounds of a password's key, which takes several times as long.
struct SCRAMExchange {
  /// The mechanism's name.
  static let mechanism = "SCRAM-SHA-256"

  /// `n,,`: no channel binding, and no other identity.
  private static let header = "n,,"
  private static let nonceByteCount = 18

  private let password: [UInt8]
  private let nonce: String
  private let user: String
  private var serverSignature: [UInt8]?

  /// Nil for a password that SASLprep (RFC 4013) could change: only printable ASCII surely stays as it is. The server
  /// takes the account's name from the start of the connection, so `user` is empty.
  init?(
    _ password: Secret, user: String = "", nonce: String = Base64.encode(SecureRandom.bytes(nonceByteCount))
  ) {
    let bytes = Array(password.reveal().utf8)
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    (self.password, self.nonce, self.user) = (bytes, nonce, user)
  }

  private var bareFirst: String { "n=\(user),r=\(nonce)" }

  /// The first message, without a secret.
  var first: String { Self.header + bareFirst }

  /// The answer to the server's challenge; nil where that is malformed, has another nonce, or asks for more rounds than
  /// ``PBKDF2/maximumIterations``.
  mutating func proof(for challenge: String) -> String? {
    let parts = challenge.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].hasPrefix("r=" + nonce), parts[0].utf8.count > 2 + nonce.utf8.count,
      parts[1].hasPrefix("s="), let salt = Base64.decode(parts[1].dropFirst(2)),
      parts[2].hasPrefix("i="), let iterations = Int(parts[2].dropFirst(2)),
      let salted = try? PBKDF2.sha256(password: password, salt: salt, iterations: iterations)
    else { return nil }
    let bareFinal = "c=\(Base64.encode(Array(Self.header.utf8))),\(parts[0])"
    let message = Array("\(bareFirst),\(challenge),\(bareFinal)".utf8)
    let clientKey = HMAC.sha256(Array("Client Key".utf8), key: salted)
    let signature = HMAC.sha256(message, key: SHA256.hash(clientKey))
    serverSignature = HMAC.sha256(message, key: HMAC.sha256(Array("Server Key".utf8), key: salted))
    return "\(bareFinal),p=\(Base64.encode(zip(clientKey, signature).map { $0 ^ $1 }))"
  }

  /// Whether the server's last message shows that it has the account's verifier.
  func isProven(by final: String) -> Bool {
    guard let serverSignature, final.hasPrefix("v="), let found = Base64.decode(final.dropFirst(2)) else {
      return false
    }
    return constantTimeEquals(found, serverSignature)
  }
}
