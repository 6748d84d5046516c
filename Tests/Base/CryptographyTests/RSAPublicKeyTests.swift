import Cryptography
import TestSupport
import Testing

@Suite struct RSAPublicKeyTests {
  @Test func `the owner of the private key alone reads the message, and no two results are the same`() throws
  {
    let pair = try TestKeyPair()
    let key = try RSAPublicKey(pem: pair.publicKey())
    let sealed = try key.encrypt(Array("a password".utf8))
    #expect(try pair.decrypt(sealed) == "a password")
    #expect(try key.encrypt(Array("a password".utf8)) != sealed)
    #expect(throws: SupportError.self) { try TestKeyPair().decrypt(sealed) }
  }

  @Test func `the longest message has 214 bytes with a key of 2048 bits`() throws {
    let pair = try TestKeyPair()
    let key = try RSAPublicKey(pem: pair.publicKey())
    let longest = [UInt8](repeating: 0x61, count: 214)
    #expect(try pair.decrypt(key.encrypt(longest)) == String(repeating: "a", count: 214))
    #expect(throws: CryptographyError.invalidParameter("message too long for the key")) {
      try key.encrypt(longest + [0x61])
    }
  }

  @Test func `another text, another kind of key and a short key are no key`() throws {
    let short = try TestKeyPair(bits: 1_024).publicKey()
    let ed25519 = """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
      -----END PUBLIC KEY-----

      """
    for text in [[], Array("nonsense".utf8), short, Array(ed25519.utf8)] {
      #expect(throws: CryptographyError.self) { try RSAPublicKey(pem: text) }
    }
  }
}
