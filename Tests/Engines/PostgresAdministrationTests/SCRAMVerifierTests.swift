import Cryptography
import Encoding
import Testing

@testable import PostgresAdministration

@Suite("SCRAM verifiers")
struct SCRAMVerifierTests {
  /// The exchange of RFC 7677, section 3: user `user`, password `pencil`.
  @Test func `a verifier's keys reproduce the exchange of RFC 7677`() throws {
    let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    let verifier = try SCRAMVerifier.text(for: "pencil", salt: salt, iterations: 4096)
    let keys = try #require(verifier.split(separator: "$").last).split(separator: ":")
    let storedKey = try #require(Base64.decode(keys[0]))
    let serverKey = try #require(Base64.decode(keys[1]))
    let message = Array(
      ("n=user,r=rOprNGfwEbeRWgbNEkqO,"
        + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0").utf8)
    let serverSignature = HMAC.sha256(message, key: serverKey)
    #expect(Base64.encode(serverSignature) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    let proof = try #require(Base64.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
    let clientKey = zip(proof, HMAC.sha256(message, key: storedKey)).map { $0 ^ $1 }
    #expect(SHA256.hash(clientKey) == storedKey)
  }

  /// Read from `pg_authid` of PostgreSQL 15 after `CREATE ROLE r PASSWORD 'pencil -~$:x9'`.
  @Test func `a verifier equals what PostgreSQL stores for the same password and salt`() throws {
    let salt = try #require(Base64.decode("mYbZ05ZZgVOeftepERxSZA=="))
    #expect(
      try SCRAMVerifier.text(for: "pencil -~$:x9", salt: salt, iterations: 4096)
        == "SCRAM-SHA-256$4096:mYbZ05ZZgVOeftepERxSZA==$pBrmKGSxDMUw2vzOKZevhNh3rUc4LZTW+74UOMyamN0="
        + ":Zt+dN44LoErR3bMMV6FrDS7iupYObVBDXZUG7lZobm8=")
  }

  @Test func `a stored verifier matches its own password alone, and one of another kind matches none`() throws
  {
    let verifier = try SCRAMVerifier.text(for: "pencil")
    #expect(SCRAMVerifier.isOf("pencil", verifier) && !SCRAMVerifier.isOf("pencils", verifier))
    let others = [
      "", "md5c0ffee", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:c2FsdA==$x:y", "SCRAM-SHA-256$4096:no base64$x:y",
      "SCRAM-SHA-256$99999999999:c2FsdA==$x:y",
    ]
    for other in others { #expect(!SCRAMVerifier.isOf("pencil", other), "\(other)") }
  }

  @Test func `a verifier has the format of pg_authid`() throws {
    let verifier = try SCRAMVerifier.text(for: "pencil")
    #expect(
      verifier.wholeMatch(
        of: /SCRAM-SHA-256\$4096:[A-Za-z0-9+\/]{22}==\$[A-Za-z0-9+\/]{43}=:[A-Za-z0-9+\/]{43}=/) != nil)
    #expect(try SCRAMVerifier.text(for: "pencil") != verifier)
  }

  @Test(arguments: ["", "pässword", "tab\there", "nul\0", "\u{7F}"])
  func `a password that SASLprep might change is rejected`(password: String) {
    #expect(throws: CryptographyError.self) { try SCRAMVerifier.text(for: password) }
  }
}
