import Foundation
import Runtime
import TestSupport
import Testing

@Suite("Settings of an encrypted listener") struct ListenerCertificateTests {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1")
  }

  private func read(_ variables: [String: String]) -> (ListenerSettings, [ConfigurationProblem]) {
    var environment = EnvironmentReader(variables: variables) { _ in "" }
    let settings = ListenerSettings(reading: &environment, defaultPort: 1, shutdown: ShutdownSettings())
    return (settings, environment.problems)
  }

  private func problem(_ variables: [String: String]) throws -> String {
    let (settings, problems) = read(variables)
    #expect(settings.certificates == nil)
    #expect(problems.count == 1)
    return try #require(problems.first).description
  }

  @Test func `both files make the listener an encrypted one, and neither a plain one`() {
    let (settings, problems) = read([
      "HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": identity.keyFile,
      "HTTP_TLS_CLIENT_CA_FILE": authority.certificateFile,
    ])
    #expect(problems.isEmpty)
    #expect(settings.certificates?.files.certificate == identity.certificateFile)
    #expect(settings.certificates?.files.clientAuthorities == authority.certificateFile)
    #expect(read([:]).0.certificates == nil && read([:]).1.isEmpty)
  }

  @Test func `half of the settings is an error that names the other half`() throws {
    #expect(
      try problem(["HTTP_TLS_CERT_FILE": identity.certificateFile])
        == "HTTP_TLS_KEY_FILE: is not set, and HTTP_TLS_CERT_FILE is: set both")
    #expect(
      try problem(["HTTP_TLS_KEY_FILE": identity.keyFile])
        == "HTTP_TLS_CERT_FILE: is not set, and HTTP_TLS_KEY_FILE is: set both")
    #expect(
      try problem(["HTTP_TLS_CLIENT_CA_FILE": authority.certificateFile])
        == "HTTP_TLS_CLIENT_CA_FILE: needs HTTP_TLS_CERT_FILE and HTTP_TLS_KEY_FILE")
  }

  @Test func `the text of a key in place of its path is an error that does not repeat it`() throws {
    let key = try String(contentsOfFile: identity.keyFile, encoding: .utf8)
    let problem = try problem(["HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": key])
    #expect(problem.contains("HTTP_TLS_KEY_FILE: is the text of a file: set the path of the file"))
    #expect(!problem.contains("BEGIN"))
  }

  @Test func `a file of another kind is an error of the variable that it is wrong for`() throws {
    let (certificate, key) = (identity.certificateFile, identity.keyFile)
    let authorities = try problem([
      "HTTP_TLS_CERT_FILE": certificate, "HTTP_TLS_KEY_FILE": key, "HTTP_TLS_CLIENT_CA_FILE": key,
    ])
    #expect(
      authorities == "HTTP_TLS_CLIENT_CA_FILE: \(key) cannot be used: it has a key and no certificate")
    let keyTwice = try problem(["HTTP_TLS_CERT_FILE": key, "HTTP_TLS_KEY_FILE": key])
    #expect(keyTwice == "HTTP_TLS_CERT_FILE: \(key) cannot be used: it has a key and no certificate")
    let certificateTwice = try problem(["HTTP_TLS_CERT_FILE": certificate, "HTTP_TLS_KEY_FILE": certificate])
    #expect(
      certificateTwice == "HTTP_TLS_KEY_FILE: \(certificate) cannot be used: it has a certificate and no key")
  }

  @Test func `the reason of an unusable key says what is wrong with it`() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOfFile: identity.keyFile, encoding: .utf8)
    let middle = text.index(text.startIndex, offsetBy: text.count / 2)
    let cases: [(String, String)] = [
      ("", "it is empty"), ("nothing\n", "it has no PEM block"), ("0\u{1}\u{2}", "it is DER, not PEM"),
      (String(text[..<middle]), "its PEM is cut off"),
      (text.replacing("PRIVATE", with: "PUBLIC"), "it has no private key"),
      (text.replacing("BEGIN PRIVATE", with: "BEGIN ENCRYPTED PRIVATE"), "its key has a passphrase"),
      (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "its key has a passphrase"
      ),
      (
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "its key is damaged or of an unknown kind ("
      ),
    ]
    for (content, reason) in cases {
      let path = folder.file("key")
      try content.write(toFile: path, atomically: true, encoding: .utf8)
      let found = try problem(["HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": path])
      #expect(found.hasPrefix("HTTP_TLS_KEY_FILE: \(path) cannot be used: \(reason)"), "\(found)")
    }
    let directory = try problem([
      "HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": folder.path,
    ])
    #expect(directory.hasSuffix("it is not a regular file"))
  }

  @Test func `certificates that no peer takes are errors`() throws {
    let forClients = try authority.issue(to: "IP:127.0.0.1", extensions: ["extendedKeyUsage=clientAuth"])
    let purpose = try problem([
      "HTTP_TLS_CERT_FILE": forClients.certificateFile, "HTTP_TLS_KEY_FILE": forClients.keyFile,
    ])
    #expect(purpose.contains("the certificate is not for servers"))
    let leaf = try problem([
      "HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": identity.keyFile,
      "HTTP_TLS_CLIENT_CA_FILE": identity.certificateFile,
    ])
    #expect(leaf.hasPrefix("HTTP_TLS_CLIENT_CA_FILE: "))
    #expect(leaf.hasSuffix("none of its certificates is an authority that is valid now"))
  }

  @Test func `an unusable file is an error of its variable, with path and reason`() throws {
    let other = try authority.issue(to: "IP:127.0.0.1")
    let expired = try authority.issue(to: "IP:127.0.0.1", days: -1)
    let mismatch = try problem([
      "HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": other.keyFile,
    ])
    #expect(mismatch.hasPrefix("HTTP_TLS_KEY_FILE: \(other.keyFile) cannot be used: "))
    #expect(mismatch.hasSuffix("the key does not belong to the certificate"))
    let old = try problem([
      "HTTP_TLS_CERT_FILE": expired.certificateFile, "HTTP_TLS_KEY_FILE": expired.keyFile,
    ])
    #expect(old.hasPrefix("HTTP_TLS_CERT_FILE: "))
    #expect(old.contains("the certificate expired on "))
    let missing = try problem(["HTTP_TLS_CERT_FILE": "/nowhere", "HTTP_TLS_KEY_FILE": identity.keyFile])
    #expect(missing == "HTTP_TLS_CERT_FILE: /nowhere cannot be used: No such file or directory")
    let authorities = try problem([
      "HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": identity.keyFile,
      "HTTP_TLS_CLIENT_CA_FILE": other.keyFile,
    ])
    #expect(authorities.hasPrefix("HTTP_TLS_CLIENT_CA_FILE: \(other.keyFile) cannot be used"))
  }
}
