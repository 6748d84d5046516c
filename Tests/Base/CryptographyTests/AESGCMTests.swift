import Encoding
import Testing

@testable import Cryptography

@Suite("AES-256-GCM")
struct AESGCMTests {
  struct Vector: Sendable {
    let key: String
    let nonce: String
    let message: String
    let context: String
    let ciphertext: String
    let tag: String
  }

  /// Test cases 13 to 16 of the GCM submission to NIST (McGrew and Viega, appendix B).
  static let vectors = [
    Vector(
      key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24), message: "",
      context: "", ciphertext: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
      message: String(repeating: "0", count: 32), context: "",
      ciphertext: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      message: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
      context: "",
      ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
      tag: "b094dac5d93471bdec1a502270e3cc6c"),
    Vector(
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      message: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      context: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
      tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  @Test(arguments: vectors)
  func `the vectors of the GCM submission are sealed and opened`(vector: Vector) throws {
    let key = try #require(Hex.decode(vector.key))
    let context = try #require(Hex.decode(vector.context))
    let message = try #require(Hex.decode(vector.message))
    let nonce = try #require(Hex.decode(vector.nonce))
    let sealed = try AESGCM.seal(message, key: key, associatedData: context, nonce: nonce)
    #expect(Hex.encode(sealed) == vector.nonce + vector.ciphertext + vector.tag)
    #expect(try AESGCM.open(sealed, key: key, associatedData: context) == message)
  }

  @Test func `a sealed message with any changed bit is refused`() throws {
    let key = SecureRandom.bytes(AESGCM.keyByteCount)
    let sealed = try AESGCM.seal(Array("secret".utf8), key: key)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: CryptographyError.authenticationFailed) { try AESGCM.open(changed, key: key) }
    }
  }

  @Test func `a message with other associated data, under another key or truncated is refused`() throws {
    let key = SecureRandom.bytes(AESGCM.keyByteCount)
    let sealed = try AESGCM.seal([1, 2, 3], key: key, associatedData: Array("webhook 1".utf8))
    #expect(throws: CryptographyError.authenticationFailed) {
      try AESGCM.open(sealed, key: key, associatedData: Array("webhook 2".utf8))
    }
    #expect(throws: CryptographyError.authenticationFailed) {
      try AESGCM.open(sealed, key: SecureRandom.bytes(32), associatedData: Array("webhook 1".utf8))
    }
    for count in 0..<sealed.count {
      #expect(throws: CryptographyError.authenticationFailed) {
        try AESGCM.open(Array(sealed.prefix(count)), key: key, associatedData: Array("webhook 1".utf8))
      }
    }
  }

  @Test func `sealing a message twice gives different bytes`() throws {
    let key = SecureRandom.bytes(AESGCM.keyByteCount)
    #expect(try AESGCM.seal([1], key: key) != AESGCM.seal([1], key: key))
  }

  @Test(arguments: [0, 16, 31, 33])
  func `a key of the wrong length is refused`(count: Int) {
    #expect(throws: CryptographyError.invalidParameter("key length")) {
      try AESGCM.seal([1], key: SecureRandom.bytes(count))
    }
  }
}
