import Encoding
import Testing

@testable import Cryptography

@Suite("Password hashes")
struct PasswordHashTests {
  /// RFC 7914, section 12: the first and the third vector. The others exceed the limits of `ScryptCost`.
  @Test func `scrypt derives the keys of RFC 7914`() throws {
    let third = try Scrypt.deriveKey(
      password: Array("pleaseletmein".utf8), salt: Array("SodiumChloride".utf8),
      cost: try #require(ScryptCost(logarithmOfN: 14)), byteCount: 64)
    #expect(
      Hex.encode(third)
        == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
    let first = try Scrypt.deriveKey(
      password: [], salt: [], cost: try #require(ScryptCost(logarithmOfN: 4, blockSize: 1)), byteCount: 64)
    #expect(
      Hex.encode(first)
        == "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")
  }

  @Test func `a hash verifies its own password and no other`() throws {
    let stored = try PasswordHash.hash("correct horse", cost: .minimum)
    #expect(try PasswordHash.verify("correct horse", against: stored))
    #expect(try !PasswordHash.verify("correct hors", against: stored))
    #expect(try !PasswordHash.verify("", against: stored))
  }

  /// HMAC pads its key with zero bytes, so scrypt derives the same key from "x" and "x\0".
  @Test func `a password with a zero byte cannot be hashed and never matches`() throws {
    #expect(throws: CryptographyError.invalidParameter("a password cannot hold a zero byte")) {
      try PasswordHash.hash("a\0b", cost: .minimum)
    }
    let stored = try PasswordHash.hash("correct horse", cost: .minimum)
    #expect(try !PasswordHash.verify("correct horse\0", against: stored))
    #expect(try !PasswordHash.verify("correct horse\0x", against: stored))
  }

  @Test func `a stored hash is a PHC string that fits its column`() throws {
    let stored = try PasswordHash.hash("password", cost: .standard)
    #expect(stored.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
    #expect(stored.utf8.count <= PHCString.maximumLength)
    #expect(try PasswordHash.verify("password", against: stored))
  }

  @Test func `hashing a password twice gives different strings`() throws {
    #expect(
      try PasswordHash.hash("password", cost: .minimum) != PasswordHash.hash("password", cost: .minimum))
  }

  @Test func `a hash from Python's hashlib verifies`() throws {
    // hashlib.scrypt(b"password", salt=bytes(range(16)), n=1024, r=8, p=1, dklen=32)
    let stored = "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$OnwHgqTb31Q6zXxSL+hT2bNKu4ryelxll0iM3yKBQLU"
    #expect(try PasswordHash.verify("password", against: stored))
  }

  static let malformed = [
    "", "password", "$", "$$$$", "$scrypt$",
    "$argon2id$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=04,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=+4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$r=8,ln=4,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA$",
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 300),
  ]

  @Test(arguments: malformed)
  func `a malformed stored hash is an error, not a wrong password`(stored: String) {
    #expect(throws: CryptographyError.malformedHash) {
      try PasswordHash.verify("password", against: stored)
    }
  }

  @Test(arguments: [
    "ln=30,r=8,p=1", "ln=17,r=8,p=1", "ln=63,r=8,p=1", "ln=64,r=8,p=1", "ln=15,r=1000000,p=1",
    "ln=10,r=8,p=5", "ln=0,r=8,p=1", "ln=9223372036854775807,r=8,p=1", "ln=99999999999999999999,r=8,p=1",
    "ln=16,r=1,p=1",
  ])
  func `a stored hash with a cost beyond the limits is refused`(parameters: String) {
    #expect(throws: CryptographyError.malformedHash) {
      try PasswordHash.verify(
        "password", against: "$scrypt$\(parameters)$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
    }
  }

  @Test func `a password beyond the length limit cannot be hashed and never matches`() throws {
    let long = String(repeating: "x", count: PasswordHash.maximumPasswordBytes + 1)
    #expect(throws: CryptographyError.invalidParameter("password too long")) {
      try PasswordHash.hash(long, cost: .minimum)
    }
    #expect(try !PasswordHash.verify(long, against: PasswordHash.decoy(cost: .minimum)))
  }

  @Test func `a decoy is well-formed and matches no password`() throws {
    #expect(try !PasswordHash.verify("", against: PasswordHash.decoy(cost: .minimum)))
  }

  @Test func `a hash with another cost needs a rehash`() throws {
    let cheap = try PasswordHash.hash("password", cost: .minimum)
    #expect(PasswordHash.needsRehash(cheap))
    #expect(!PasswordHash.needsRehash(cheap, cost: .minimum))
    #expect(PasswordHash.needsRehash("nonsense"))
  }
}
