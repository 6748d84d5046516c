import Foundation
import Processes

/// A test's own certificate authority, in a folder that `deinit` removes. It needs the program `openssl`.
package final class TestAuthority: Sendable {
  /// A server's certificate and key. The files exist as long as this value.
  package struct Identity: Sendable {
    private let authority: TestAuthority
    /// The PEM file of the certificate.
    package let certificateFile: String
    /// The PEM file of its key.
    package let keyFile: String

    fileprivate init(_ authority: TestAuthority, path: String) {
      self.authority = authority
      certificateFile = path + ".pem"
      keyFile = path + ".key"
    }
  }

  /// The curve of keys: P-256.
  package static let defaultCurve = "prime256v1"

  private static func newKey(_ curve: String = defaultCurve) -> [String] {
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(curve)", "-nodes"]
  }

  private let folder: TemporaryFolder
  private var keyFile: String { folder.file("ca.key") }

  /// The PEM file of the authority's own certificate, for clients that trust it.
  package var certificateFile: String { folder.file("ca.pem") }

  /// Makes an authority; it blocks until `openssl` has ended.
  package convenience init() throws { try self.init(subject: "/CN=test authority") }

  /// Makes an authority with a name of its own, which each needs where one file holds several.
  package init(subject: String) throws {
    folder = try TemporaryFolder()
    try Self.openssl(
      ["req", "-x509"] + Self.newKey() + [
        "-keyout", keyFile, "-out", certificateFile, "-days", "2", "-subj", subject, "-addext",
        "keyUsage=critical,keyCertSign",
      ])
  }

  /// Makes a server's certificate for names such as `IP:127.0.0.1,DNS:cache.test`; with negative days it has expired.
  package func issue(
    to names: String, subject: String = "/CN=a server", days: Int = 1, extensions: [String] = [],
    curve: String = defaultCurve
  ) throws -> Identity {
    let base = folder.file(UUID().uuidString)
    let made = Identity(self, path: base)
    let all = (names.isEmpty ? [] : ["subjectAltName=" + names]) + extensions
    let alternatives = all.flatMap { ["-addext", $0] }
    try Self.openssl(
      ["req", "-new"] + Self.newKey(curve) + [
        "-keyout", made.keyFile, "-out", base + ".csr", "-subj", subject,
      ]
        + alternatives)
    try Self.openssl([
      "x509", "-req", "-in", base + ".csr", "-out", made.certificateFile, "-CA", certificateFile, "-CAkey",
      keyFile, "-copy_extensions", "copyall", "-days", "\(days)",
    ])
    return made
  }

  private static func openssl(_ arguments: [String]) throws {
    let outcome = try ChildProcess.run("openssl", arguments)
    guard outcome.isSuccess else { throw SupportError("openssl \(arguments[0]) failed: \(outcome.errors)") }
  }
}
