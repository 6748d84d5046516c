import Cryptography
import Encoding

/// The token with which a client gets the next access token of its session. Each use replaces it.
///
/// Its first part is the same for all refresh tokens of the session, and as secret as the second one. So the table needs
/// no row for each token that was ever used: one with the right first part and an old second part is an old token of
/// this very session, which its owner has already exchanged.
struct RefreshToken: Sendable, Hashable {
  /// Makes the token known to scanners that look for secrets in files.
  static let prefix = "bhr_"
  private static let sessionBytes = 16
  private static let ownBytes = 32

  private let session: [UInt8]
  private let own: [UInt8]

  private init(session: [UInt8], own: [UInt8]) {
    self.session = session
    self.own = own
  }

  /// The first token of a new session.
  init() {
    self.init(session: SecureRandom.bytes(Self.sessionBytes), own: SecureRandom.bytes(Self.ownBytes))
  }

  /// Reads a token, of which each has one spelling.
  init?(_ text: String) {
    guard text.begins(with: Self.prefix) else { return nil }
    let parts = text.utf8.dropFirst(Self.prefix.utf8.count).split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, let session = Base64URL.decode(Substring(parts[0])),
      session.count == Self.sessionBytes, let own = Base64URL.decode(Substring(parts[1])),
      own.count == Self.ownBytes
    else { return nil }
    self.init(session: session, own: own)
  }

  var text: String { "\(Self.prefix)\(Base64URL.encode(session)).\(Base64URL.encode(own))" }

  /// What `sessions.token_hash` holds.
  var sessionHash: String { SHA256.hex(session) }

  /// What `sessions.refresh_hash` holds.
  var hash: String { SHA256.hex(text) }

  /// The token after this one. Only who has this one and the seed can make it: neither an old token nor the table alone
  /// is enough. The same two make the same one, so a request that is repeated gets the same answer.
  func successor(seed: [UInt8]) -> RefreshToken {
    RefreshToken(session: session, own: HMAC.sha256(own, key: seed))
  }
}

/// What the access tokens of one session have in common, and those of no other session with the same id.
enum SessionMark {
  private static let bytes = 16

  /// The claim `ses`, which reveals nothing of the refresh tokens.
  static func claim(ofSessionHash hash: String) -> String {
    Base64URL.encode(Array(SHA256.hash("ses \(hash)").prefix(bytes)))
  }
}
