import Cryptography
import Encoding
import Testing

@Suite("Base64, Base64URL and hexadecimal text")
struct EncodingTests {
  static let vectors = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]

  @Test(arguments: vectors)
  func `the vectors of RFC 4648 are encoded and decoded`(plain: String, text: String) {
    #expect(Base64.encode(Array(plain.utf8)) == text)
    #expect(Base64.decode(text) == Array(plain.utf8))
    let unpadded = String(text.prefix { $0 != "=" })
    #expect(Base64URL.encode(Array(plain.utf8)) == unpadded)
    #expect(Base64URL.decode(unpadded) == Array(plain.utf8))
  }

  @Test func `the two alphabets differ only in their last two characters`() {
    #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
    #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
    #expect(Base64.decode("--__") == nil)
    #expect(Base64URL.decode("++//") == nil)
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Zm9v====", "Zg==Zg==",
  ])
  func `base64 text in any other spelling is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["Zg==", "Z", "Zh", "Zm9v\n", "Zm 9v", "Zm9é", "Zm9vY"])
  func `base64url refuses padding, white space, nonzero unused bits and a single last character`(text: String)
  {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func `byte strings of every length survive a round trip through both codings`() {
    for count in 0..<70 {
      let bytes = SecureRandom.bytes(count)
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
  }

  @Test func `hexadecimal text is written in lower case and read in both cases`() {
    #expect(Hex.encode([0x00, 0xAB, 0xFF]) == "00abff")
    #expect(Hex.decode("00ABff") == [0x00, 0xAB, 0xFF])
    #expect(Hex.decode("abc") == nil)
    #expect(Hex.decode("zz") == nil)
  }

  @Test(arguments: [
    0, 9, 10, 99, 100, 1_234_567, UInt64.max / 10, UInt64.max / 10 + 1, UInt64.max - 1, UInt64.max,
  ])
  func `a writer writes numbers in decimal`(number: UInt64) {
    var bytes = Array("n=".utf8)
    bytes.append(upTo: 20) { $0.append(decimal: number) }
    #expect(String(decoding: bytes, as: UTF8.self) == "n=\(number)")
  }

  @Test func `a piece that does not fit ends the process`() async {
    await #expect(processExitsWith: .failure) {
      var bytes: [UInt8] = []
      bytes.append(upTo: 3) { $0.append("four") }
    }
    await #expect(processExitsWith: .failure) {
      var bytes: [UInt8] = []
      bytes.append(upTo: 1) { $0.append(decimal: 10) }
    }
  }
}
