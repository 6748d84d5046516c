import Foundation
import Processes

/// An RSA key pair in a folder that `deinit` removes. It needs the program `openssl`.
package final class TestKeyPair: Sendable {
  private let folder: TemporaryFolder

  /// The PEM file of the public key.
  package var publicKeyFile: String { folder.file("public.pem") }

  /// Makes a pair; it blocks until `openssl` has ended.
  package init(bits: Int = 2_048) throws {
    folder = try TemporaryFolder()
    try Self.openssl(["genrsa", "-out", folder.file("private.pem"), "\(bits)"])
    try Self.openssl(["rsa", "-in", folder.file("private.pem"), "-pubout", "-out", publicKeyFile])
  }

  /// The public key in PEM.
  package func publicKey() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: publicKeyFile)))
  }

  /// The text that was encrypted for the public key with OAEP.
  package func decrypt(_ message: [UInt8]) throws -> String {
    let file = folder.file("message")
    try Data(message).write(to: URL(fileURLWithPath: file))
    return try Self.openssl([
      "pkeyutl", "-decrypt", "-inkey", folder.file("private.pem"), "-pkeyopt", "rsa_padding_mode:oaep", "-in",
      file,
    ])
  }

  @discardableResult private static func openssl(_ arguments: [String]) throws -> String {
    let outcome = try ChildProcess.run("openssl", arguments)
    guard outcome.isSuccess else { throw SupportError("openssl \(arguments[0]) failed: \(outcome.errors)") }
    return outcome.output
  }
}
