import Testing
import Transport

@testable import MariaDBDriver

/// The methods with which the accounts of a server may sign in.
@Suite struct SignInMethodTests {
  private static let safe = "mysql_native_password,client_ed25519"

  private func methods(_ tls: TLSMode, key: Bool = false, delivers: Bool = true) -> String {
    ConnectionAttempt.methods(tls, isKeyPinned: key, deliversPasswords: delivers)
  }

  @Test func `a password itself goes to a verified server alone, or to the one whose key is pinned`() {
    #expect(methods(.disable) == Self.safe)
    #expect(methods(.require) == Self.safe && methods(.require, key: true) == Self.safe)
    #expect(methods(.disable, key: true) == "\(Self.safe),caching_sha2_password")
    #expect(
      methods(.verifyFull(authorityFile: nil)) == "\(Self.safe),caching_sha2_password,sha256_password")
  }

  @Test
  func `where the library has other code for a method, the accounts of the other methods still sign in`() {
    #expect(methods(.disable, key: true, delivers: false) == Self.safe)
    #expect(methods(.verifyFull(authorityFile: nil), delivers: false) == "\(Self.safe),sha256_password")
  }
}
