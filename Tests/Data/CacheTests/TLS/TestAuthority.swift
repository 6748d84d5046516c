import DatabaseTestSupport
import EventLoop
import Foundation
import TestSupport

/// A certificate authority of a test's own, with one certificate for a server.
final class TestAuthority: Sendable {
  private let folder: TemporaryFolder

  /// What a client must trust in order to believe the server.
  var authorityFile: String { folder.file("ca.pem") }
  /// The server's certificate.
  var certificateFile: String { folder.file("server.pem") }
  /// The server's key.
  var keyFile: String { folder.file("server.key") }

  /// - Parameter names: What the server's certificate is made out to, for example `IP:127.0.0.1,DNS:cache.test`.
  init(issuingTo names: String = "IP:127.0.0.1") async throws {
    folder = try TemporaryFolder()
    let path = folder.path
    try await Offload.run {
      try Self.certificate(path + "/ca", "/CN=test authority", ["-addext", "keyUsage=critical,keyCertSign"])
      try Self.certificate(
        path + "/server", "/CN=a cache",
        [
          "-CA", path + "/ca.pem", "-CAkey", path + "/ca.key", "-addext", "subjectAltName=" + names,
          "-addext", "basicConstraints=critical,CA:FALSE",
        ])
    }
  }

  private static func certificate(_ path: String, _ subject: String, _ options: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
      + ["-keyout", path + ".key", "-out", path + ".pem", "-days", "2", "-subj", subject] + options
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw SupportError("openssl could not make \(path).pem") }
  }
}
