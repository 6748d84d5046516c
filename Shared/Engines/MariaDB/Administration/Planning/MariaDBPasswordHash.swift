import Cryptography
import Encoding
import Secrets

/// The verifier of `mysql_native_password`: SHA-1 twice, in upper-case hexadecimal digits.
///
/// No statement then contains a password. The digest has no salt, so it protects only passwords that cannot be guessed;
/// those that the tool makes have 256 random bits. The server's `ed25519` would need the whole password in a statement,
/// because libcrypto makes no key from a text of any length.
enum MariaDBPasswordHash {
  static let plugin = "mysql_native_password"

  static func text(for password: Secret) -> String {
    "*" + Hex.encode(SHA1.hash(SHA1.hash(Array(password.reveal().utf8)))).uppercased()
  }
}
