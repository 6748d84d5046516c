import AccessManifest
import Cryptography
import Encoding
import Foundation
import Identity

/// The secrets of a fleet on this machine, beside passwords. The first start creates them: a file each, mode 0600, in a
/// folder that only its owner may enter.
struct FleetKeys: Sendable {
  let directory: URL

  var keySet: String { path("jwks.json") }
  /// Where the service that signs tokens writes the messages to its users.
  var outbox: String {
    directory.deletingLastPathComponent().appendingPathComponent("outbox.jsonl").path
  }
  func file(of secret: FleetSecret) -> String { path(secret.file) }

  /// Creates the secrets that are missing, and keeps the others.
  func prepare(for fleet: FleetManifest) throws {
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for service in fleet.services {
      for secret in service.secrets { try prepare(secret, of: service) }
    }
  }

  private func prepare(_ secret: FleetSecret, of service: FleetService) throws {
    let path = file(of: secret)
    switch secret.kind {
    case .random: try makeOnce(path) { Base64URL.encode(SecureRandom.bytes(32)) }
    case .key: try makeOnce(path) { Base64.encode(SecureRandom.bytes(32)) }
    case .whsec: try makeOnce(path) { "whsec_" + Base64.encode(SecureRandom.bytes(32)) }
    case .ed25519:
      let keys = try KeyFile.loadOrCreate(path)
      try write(String(decoding: JWKS(keys: keys.publicKeys).document(), as: UTF8.self), to: keySet)
    case .given:
      guard FileManager.default.fileExists(atPath: path) else {
        throw ToolError(
          "\(service.name) needs the secret \(secret.name), which nothing creates: write it to \(path)")
      }
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
