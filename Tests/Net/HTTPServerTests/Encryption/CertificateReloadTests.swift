import Cryptography
import Foundation
import Glibc
import HTTPServer
import Processes
import TestSupport
import Testing
import Transport

@Suite("Certificates") struct CertificateReloadTests {
  @Test func `a new certificate is for new connections, and open ones go on`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      let before = try await Self.serial(of: server)
      let open = try TestClient(server.address, tls: context)
      #expect(try open.get("/target").status == 200)
      try server.authority.replace(server.encryption.certificates.files)
      #expect(server.encryption.certificates.reload() == .replaced)
      #expect(try open.get("/target").status == 200)
      #expect(try await Self.serial(of: server) != before)
    }
  }

  @Test func `a file that cannot be used keeps the old certificate, and is named`() async throws {
    try await EncryptedServer.with { server in
      let (certificates, files) = (server.encryption.certificates, server.encryption.certificates.files)
      let before = try await Self.serial(of: server)
      let other = try server.authority.files()
      try Self.copy(other.certificate, over: files.certificate)
      let mismatch = TLSError.unusableFile(
        path: files.key, reason: "the key does not belong to the certificate")
      #expect(certificates.reload() == .kept([ListenerFileError(purpose: .key, error: mismatch)]))
      try "no certificate".write(toFile: files.certificate, atomically: true, encoding: .utf8)
      #expect(certificates.reload().keptFiles == [files.certificate])
      #expect(try await Self.serial(of: server) == before)
    }
  }

  @Test func `changed files are read once both have come to rest`() throws {
    let authority = try TestAuthority()
    let files = try authority.files()
    let certificates = try ServerCertificates(files)
    #expect(certificates.reloadIfChanged() == nil)
    let other = try authority.files()
    try Self.copy(other.certificate, over: files.certificate)
    #expect(certificates.reloadIfChanged() == nil)
    try Self.copy(other.key, over: files.key)
    #expect(certificates.reloadIfChanged() == nil)
    #expect(certificates.reloadIfChanged() == .replaced)
    #expect(certificates.reloadIfChanged() == nil)
    try FileManager.default.removeItem(atPath: files.key)
    #expect(certificates.reloadIfChanged() == nil)
    #expect(certificates.reloadIfChanged()?.keptFiles == [files.key])
    #expect(certificates.reloadIfChanged() == nil)
  }

  @Test func `files that cannot be used are refused, with the reason`() throws {
    let authority = try TestAuthority()
    let (good, other) = (try authority.files(), try authority.files())
    let expired = try authority.files(days: -1)
    let cases: [(CertificateFiles, String, String)] = [
      (CertificateFiles(certificate: "/nowhere", key: good.key), "/nowhere", "No such file or directory"),
      (
        CertificateFiles(certificate: good.certificate, key: "/nowhere"), "/nowhere",
        "No such file or directory"
      ),
      (
        CertificateFiles(certificate: good.certificate, key: other.key), other.key,
        "the key does not belong to the certificate"
      ),
      (
        CertificateFiles(certificate: good.certificate, key: try Self.foreignKey(beside: good)),
        good.key + ".rsa", "the key does not belong to the certificate"
      ),
      (expired, expired.certificate, "the certificate expired on "),
      (
        CertificateFiles(certificate: good.certificate, key: good.key, clientAuthorities: "/nowhere"),
        "/nowhere",
        "No such file or directory"
      ),
    ]
    for (files, path, reason) in cases {
      let error = #expect(throws: TLSError.self) { try ServerCertificates(files) }
      guard case .unusableFile(path, let text) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(text.hasPrefix(reason), "\(text)")
    }
  }

  @Test func `a key with a passphrase is refused without a question on the terminal`() async throws {
    let authority = try TestAuthority()
    let files = try authority.files()
    let sealed = files.key + ".sealed"
    let made = try await OpenSSLClient.run(
      "openssl", ["pkey", "-in", files.key, "-aes128", "-passout", "pass:secret", "-out", sealed])
    #expect(made.isSuccess)
    #expect(throws: TLSError.self) {
      try ServerCertificates(CertificateFiles(certificate: files.certificate, key: sealed))
    }
  }

  @Test func `a folder or a pipe in place of a file is an error at once`() throws {
    let authority = try TestAuthority()
    let files = try authority.files()
    let pipe = files.key + ".pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, "/tmp"] {
      #expect(throws: TLSError.unusableFile(path: path, reason: "it is not a regular file")) {
        try ServerCertificates(CertificateFiles(certificate: files.certificate, key: path))
      }
    }
  }

  @Test func `a key that every user may read is warned of`() throws {
    let authority = try TestAuthority()
    let certificates = try ServerCertificates(try authority.files())
    let key = certificates.files.key
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: key)
    #expect(certificates.warning == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    #expect(certificates.warning?.contains(key) == true)
  }

  @Test func `with an authority of clients, a client needs a certificate of it`() async throws {
    let clients = try TestAuthority()
    try await EncryptedServer.with(files: { try $0.files(clientAuthorities: clients.certificateFile) }) {
      server in
      let (good, foreign) = (try clients.issue(to: ""), try server.authority.issue(to: ""))
      let expired = try clients.issue(to: "", days: -1)
      for (identity, isAnswered) in [(good, true), (foreign, false), (expired, false)] {
        let outcome = try await server.openSSL.run(
          ["-ign_eof", "-cert", identity.certificateFile, "-key", identity.keyFile])
        #expect(outcome.isAnswered == isAnswered, "\(outcome.text)")
      }
      let other = try clients.issue(to: "", curve: "secp384r1")
      for version in ["-tls1_2", "-tls1_3"] {
        let outcome = try await server.openSSL.run(
          ["-ign_eof", version, "-cert", other.certificateFile, "-key", other.keyFile])
        #expect(outcome.isAnswered, "\(outcome.text)")
      }
      let own = server.encryption.certificates.files
      let probe = try await server.openSSL.run(["-ign_eof", "-cert", own.certificate, "-key", own.key])
      #expect(probe.isAnswered, "\(probe.text)")
      let without = try await server.openSSL.run(["-ign_eof"])
      #expect(!without.isAnswered)
      try await eventually("the failures are counted") { server.encryption.counts.failedHandshakes == 3 }
    }
  }

  @Test func `an authority that was removed admits no client, also where the certificate cannot be used`()
    async throws
  {
    let (staying, leaving) = (try TestAuthority(), try TestAuthority(subject: "/CN=leaving"))
    let folder = try TemporaryFolder()
    let authorities = folder.file("authorities.pem")
    let texts = try [staying, leaving].map { try String(contentsOfFile: $0.certificateFile, encoding: .utf8) }
    try texts.joined().write(toFile: authorities, atomically: true, encoding: .utf8)
    try await EncryptedServer.with(files: { try $0.files(clientAuthorities: authorities) }) { server in
      let (certificates, files) = (server.encryption.certificates, server.encryption.certificates.files)
      let (good, revoked) = (try staying.issue(to: ""), try leaving.issue(to: ""))
      func isAnswered(_ identity: TestAuthority.Identity) async throws -> Bool {
        try await server.openSSL.run(
          ["-ign_eof", "-cert", identity.certificateFile, "-key", identity.keyFile]
        ).isAnswered
      }
      #expect(try await isAnswered(revoked))
      let expired = try server.authority.files(days: -1)
      try Self.copy(expired.certificate, over: files.certificate)
      try Self.copy(expired.key, over: files.key)
      try Self.copy(staying.certificateFile, over: authorities)
      #expect(certificates.reload().keptFiles == [files.certificate])
      #expect(try await !isAnswered(revoked))
      #expect(try await isAnswered(good))
      // Authorities that cannot be used keep no old certificate, and what was removed before stays removed.
      let before = try await Self.serial(of: server, as: good)
      try server.authority.replace(files)
      try "no authority".write(toFile: authorities, atomically: true, encoding: .utf8)
      #expect(certificates.reload().keptFiles == [authorities])
      #expect(try await Self.serial(of: server, as: good) != before)
      #expect(try await !isAnswered(revoked))
      try FileManager.default.removeItem(atPath: files.key)
      #expect(certificates.reload().keptFiles == [files.key, authorities])
      #expect(try await isAnswered(good))
    }
  }

  private static func serial(
    of server: EncryptedServer, as identity: TestAuthority.Identity? = nil
  ) async throws -> String {
    let own = identity.map { ["-cert", $0.certificateFile, "-key", $0.keyFile] } ?? []
    let text = try await server.openSSL.run(["-ign_eof"] + own).text
    let begin = try #require(text.firstRange(of: "-----BEGIN CERTIFICATE-----"))
    let end = try #require(text.firstRange(of: "-----END CERTIFICATE-----"))
    return String(text[begin.upperBound..<end.lowerBound])
  }

  static func copy(_ source: String, over target: String) throws {
    try Data(contentsOf: URL(fileURLWithPath: source)).write(
      to: URL(fileURLWithPath: target), options: .atomic)
  }

  /// An RSA key, where the certificate has an elliptic one.
  private static func foreignKey(beside files: CertificateFiles) throws -> String {
    let outcome = try ChildProcess.run("openssl", ["genrsa", "-out", files.key + ".rsa", "2048"])
    try #require(outcome.isSuccess, "\(outcome.errors)")
    return files.key + ".rsa"
  }
}

extension ServerCertificates.Outcome {
  /// The files that could not be used.
  fileprivate var keptFiles: [String] {
    guard case .kept(let refusals) = self else { return [] }
    return refusals.compactMap { refusal in
      if case .unusableFile(let path, _) = refusal.error { path } else { nil }
    }
  }
}

extension TestAuthority {
  /// Replaces the files with those of a new certificate, each atomically.
  func replace(_ files: CertificateFiles) throws {
    let other = try self.files()
    try CertificateReloadTests.copy(other.certificate, over: files.certificate)
    try CertificateReloadTests.copy(other.key, over: files.key)
  }
}
