import Cryptography
import Encoding
import Foundation
import Identity

/// The keys of a fleet on this machine. The first start creates them: a file each, mode 0600, in a folder that only
/// its owner may enter.
struct FleetKeys: Sendable {
  let directory: URL

  var signingKey: String { path("token-key.pem") }
  var keySet: String { path("jwks.json") }
  var webhookKey: String { path("webhook-key") }
  func platformSecret(_ platform: String) -> String { path("platform-secret-\(platform)") }

  /// Creates the keys that are missing, and keeps the others.
  func prepare() throws {
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let key = try KeyFile.loadOrCreate(signingKey)
    try write(String(decoding: JWKS(keys: [key.publicKey]).document(), as: UTF8.self), to: keySet)
    try makeOnce(webhookKey) { Base64.encode(SecureRandom.bytes(32)) }
    for platform in ["twitch", "discord"] {
      try makeOnce(platformSecret(platform)) { "whsec_" + Base64.encode(SecureRandom.bytes(32)) }
    }
  }

  private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  private func makeOnce(_ path: String, _ make: () -> String) throws {
    if !FileManager.default.fileExists(atPath: path) { try write(make(), to: path) }
  }

  /// Writes through a temporary file that only its owner may read.
  private func write(_ text: String, to path: String) throws {
    let temporary = "\(path).new"
    try? FileManager.default.removeItem(atPath: temporary)  // left by an interrupted run
    let made = FileManager.default.createFile(
      atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard made else { throw ToolError("cannot create \(temporary): \(String(cString: strerror(errno)))") }
    guard rename(temporary, path) == 0 else {
      throw ToolError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }
}
