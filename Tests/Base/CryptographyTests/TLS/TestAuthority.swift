import Foundation

/// A certificate authority that lives as long as a test, in a folder of its own.
final class TestAuthority: Sendable {
  /// The two files of a server, which are there as long as this value is.
  struct Identity: Sendable {
    private let authority: TestAuthority
    let certificateFile: String
    let keyFile: String

    fileprivate init(_ authority: TestAuthority, path: String) {
      self.authority = authority
      certificateFile = path + ".pem"
      keyFile = path + ".key"
    }
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  private let folder: String
  private var keyFile: String { folder + "/ca.key" }
  /// The authority's own certificate.
  var certificateFile: String { folder + "/ca.pem" }

  init() throws {
    folder = NSTemporaryDirectory() + "tls-test-" + UUID().uuidString.lowercased()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.openssl(
      ["req", "-x509"] + Self.newKey + [
        "-keyout", keyFile, "-out", certificateFile, "-days", "2", "-subj", "/CN=test authority", "-addext",
        "keyUsage=critical,keyCertSign",
      ])
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Makes a server's certificate, for example for `IP:127.0.0.1,DNS:cache.test`; with negative days it has expired.
  func issue(to names: String, subject: String = "/CN=a server", days: Int = 1) throws -> Identity {
    let base = folder + "/" + UUID().uuidString
    let made = Identity(self, path: base)
    let alternatives = names.isEmpty ? [] : ["-addext", "subjectAltName=" + names]
    try Self.openssl(
      ["req", "-new"] + Self.newKey + ["-keyout", made.keyFile, "-out", base + ".csr", "-subj", subject]
        + alternatives)
    try Self.openssl([
      "x509", "-req", "-in", base + ".csr", "-out", made.certificateFile, "-CA", certificateFile, "-CAkey",
      keyFile, "-copy_extensions", "copyall", "-days", "\(days)",
    ])
    return made
  }

  private static func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(command: arguments[0]) }
  }

  struct Failure: Error { let command: String }
}
