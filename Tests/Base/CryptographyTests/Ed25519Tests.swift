import Cryptography
import Encoding
import Testing

@Suite("Ed25519")
struct Ed25519Tests {
  /// RFC 8037, appendix A.1.
  static let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
  static let publicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

  private func key() throws -> Ed25519.PrivateKey {
    try Ed25519.PrivateKey(seed: try #require(Base64URL.decode(Self.seed)))
  }

  @Test func `the seed of RFC 8037 yields its public key`() throws {
    #expect(try Base64URL.encode(key().publicKey.bytes) == Self.publicKey)
  }

  @Test func `the signature of RFC 8037, appendix A4, is reproduced and verified`() throws {
    let message = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    let signature = try key().sign(message)
    #expect(Base64URL.encode(signature) == expected)
    #expect(try key().publicKey.isValid(signature, for: message))
  }

  /// RFC 8032, section 7.1, test 1: the empty message.
  @Test func `an empty message is signed and verified`() throws {
    let signature = try key().sign([])
    #expect(
      Hex.encode(signature)
        == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    #expect(try key().publicKey.isValid(signature, for: []))
  }

  @Test func `a changed message, signature or key does not verify`() throws {
    let signature = try key().sign([1, 2, 3])
    let publicKey = try key().publicKey
    #expect(!publicKey.isValid(signature, for: [1, 2, 4]))
    #expect(!publicKey.isValid(Array(signature.dropLast()), for: [1, 2, 3]))
    #expect(!publicKey.isValid(signature + [0], for: [1, 2, 3]))
    #expect(!publicKey.isValid([], for: [1, 2, 3]))
    #expect(!publicKey.isValid([UInt8](repeating: 0, count: 64), for: [1, 2, 3]))
    #expect(try !Ed25519.PrivateKey.generate().publicKey.isValid(signature, for: [1, 2, 3]))
  }

  @Test func `a generated key survives a round trip through PEM`() throws {
    let generated = try Ed25519.PrivateKey.generate()
    let pem = try generated.pem()
    #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
    let read = try Ed25519.PrivateKey(pem: pem)
    #expect(read.publicKey == generated.publicKey)
    #expect(read.sign([9]) == generated.sign([9]))
  }

  static let foreignKeys = [
    "", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    // An X25519 key, made by `openssl genpkey -algorithm x25519`.
    """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VuBCIEIGB98KIuDZewQf0GjbCEeE0CRUFYfXVcir2rV4Nnsmlc
    -----END PRIVATE KEY-----
    """,
    // An encrypted Ed25519 key: libcrypto must not prompt for a passphrase.
    """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjTe/XhNEHPNgICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJ02227gc3YiDdPDlx/rcJUEQIru
    asecb0pRmB9CjOVYyczs9cuj7fapGgNrn7uibUsSL1r1/1G2pTgdZDGHd7r931CL
    pAa4suiW1fp83uNCWzc=
    -----END ENCRYPTED PRIVATE KEY-----
    """,
  ]

  @Test(arguments: foreignKeys)
  func `text that is not an unencrypted ed25519 key is refused`(pem: String) {
    #expect(throws: CryptographyError.self) { try Ed25519.PrivateKey(pem: pem) }
  }

  @Test(arguments: [0, 31, 33])
  func `a key of the wrong length is refused`(count: Int) {
    let bytes = [UInt8](repeating: 1, count: count)
    #expect(throws: CryptographyError.self) { try Ed25519.PrivateKey(seed: bytes) }
    #expect(throws: CryptographyError.self) { try Ed25519.PublicKey(bytes: bytes) }
  }

  @Test func `the description of a private key hides it`() throws {
    #expect(try "\(key())" == "<private key>")
    var dumped = ""
    dump(try key(), to: &dumped)
    #expect(!dumped.contains("157"))
    #expect(!dumped.contains("EVPKey"))
  }

  @Test func `one key signs correctly on many threads at once`() async throws {
    let shared = try key()
    let expected = shared.sign([7])
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask {
          let signature = shared.sign([7])
          return signature == expected && shared.publicKey.isValid(signature, for: [7])
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
