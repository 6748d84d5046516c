import Cryptography
import Encoding
import Schema
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

  @Test func `a rotated secret signs beside the new one for a day, and no older one does`() throws {
    let box = try Self.box()
    let now = Timestamp(secondsSinceEpoch: 1_700_000_000)
    let first = try box.makeSecret(ownerID: 7)
    #expect(try box.signingKeys(first.sealed, ownerID: 7, at: now).count == 1)
    let second = try box.rotatedSecret(from: first.sealed, ownerID: 7, at: now)
    let third = try box.rotatedSecret(from: second.sealed, ownerID: 7, at: now)
    func texts(_ stored: String, at moment: Timestamp) throws -> [String] {
      try box.signingKeys(stored, ownerID: 7, at: moment).map { "whsec_" + Base64.encode($0) }
    }
    #expect(try texts(second.sealed, at: now) == [second.text, first.text])
    #expect(try texts(third.sealed, at: now) == [third.text, second.text])
    #expect(try texts(third.sealed, at: now.adding(seconds: 86_399)).count == 2)
    #expect(try texts(third.sealed, at: now.adding(seconds: 86_400)) == [third.text])
    #expect(try box.open(third.sealed, ownerID: 7) == third.text)
    #expect(throws: CryptographyError.authenticationFailed) {
      try box.signingKeys(third.sealed, ownerID: 8, at: now)
    }
  }

  @Test(arguments: ["", "short", Base64.encode([UInt8](repeating: 1, count: 31)), "whsec_AAAA"])
  func `a key that is not 32 bytes of base64 is refused`(key: String) {
    #expect(WebhookSecretBox(key: Secret(key)) == nil)
  }
}
