import Cryptography
import Encoding
import Secrets
import Testing

@testable import connector

@Suite struct WebhookSecretBoxTests {
  private static func box(_ byte: UInt8 = 7) throws -> WebhookSecretBox {
    try #require(
      WebhookSecretBox(key: Secret(Base64.encode([UInt8](repeating: byte, count: WebhookSecretBox.keyBytes))))
    )
  }

  @Test func `a secret opens for its owner as the API returned it`() throws {
    let box = try Self.box()
    let secret = try box.makeSecret(ownerID: 7)
    #expect(try box.open(secret.sealed, ownerID: 7) == secret.text)
    #expect(secret.text.hasPrefix("whsec_"))
    #expect(Base64.decode(secret.text.dropFirst(6))?.count == WebhookSecretBox.secretBytes)
    #expect(!secret.sealed.contains(secret.text.dropFirst(6)))
  }

  @Test func `no two secrets and no two sealed forms are equal`() throws {
    let box = try Self.box()
    let made = try (0..<8).map { _ in try box.makeSecret(ownerID: 7) }
    #expect(Set(made.map(\.text)).count == 8 && Set(made.map(\.sealed)).count == 8)
  }

  @Test func `a secret does not open for another owner, under another key, or after a change`() throws {
    let box = try Self.box()
    let sealed = try box.makeSecret(ownerID: 7).sealed
    let other = try Self.box(8)
    var bytes = try #require(Base64.decode(sealed))
    bytes[20] ^= 1
    let changed = Base64.encode(bytes)
    #expect(throws: CryptographyError.authenticationFailed) { try box.open(sealed, ownerID: 8) }
    #expect(throws: CryptographyError.authenticationFailed) { try other.open(sealed, ownerID: 7) }
    #expect(throws: CryptographyError.authenticationFailed) { try box.open(changed, ownerID: 7) }
    for garbage in ["", "AAAA", "no base64"] {
      #expect(throws: CryptographyError.authenticationFailed) { try box.open(garbage, ownerID: 7) }
    }
  }

  @Test(arguments: ["", "short", Base64.encode([UInt8](repeating: 1, count: 31)), "whsec_AAAA"])
  func `a key that is not 32 bytes of base64 is refused`(key: String) {
    #expect(WebhookSecretBox(key: Secret(key)) == nil)
  }
}
