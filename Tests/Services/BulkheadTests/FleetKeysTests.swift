import AccessManifest
import Encoding
import Foundation
import TestSupport
import Testing

@testable import bulkhead

/// The secrets of a fleet on this machine: a value of its kind for each, and nothing for one that is given.
@Suite struct FleetKeysTests {
  private let access: AccessManifest
  private let text: String

  init() throws {
    access = try AccessManifest.load(path: Checkout.path("deploy/access.yaml"))
    text = try String(contentsOfFile: Checkout.path("deploy/fleet.yaml"), encoding: .utf8)
  }

  private func withKeys(_ body: (FleetKeys) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(FleetKeys(directory: folder))
  }

  @Test func `each secret has a value of its kind, mode 0600, and keeps it at the next start`() throws {
    let fleet = try FleetManifest.parse(text, with: access)
    try withKeys { keys in
      try keys.prepare(for: fleet)
      let secrets = fleet.services.flatMap(\.secrets)
      let values = try secrets.map { try String(contentsOfFile: keys.file(of: $0), encoding: .utf8) }
      for (secret, value) in zip(secrets, values) {
        switch secret.kind {
        case .key: #expect(Base64.decode(value)?.count == 32)
        case .whsec: #expect(value.hasPrefix("whsec_"))
        case .ed25519: #expect(value.contains("PRIVATE KEY"))
        case .random, .given: Issue.record("the fleet has no \(secret.kind)")
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: keys.file(of: secret))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
      #expect(FileManager.default.fileExists(atPath: keys.keySet))
      try keys.prepare(for: fleet)
      #expect(try secrets.map { try String(contentsOfFile: keys.file(of: $0), encoding: .utf8) } == values)
    }
  }

  @Test func `a secret that is given and missing is an error with its path`() throws {
    let fleet = try FleetManifest.parse(text.replacing("kind: key,", with: "kind: given,"), with: access)
    try withKeys { keys in
      let error = #expect(throws: ToolError.self) { try keys.prepare(for: fleet) }
      let path = keys.directory.appendingPathComponent("webhook-key").path
      #expect(error?.description.contains("connector needs the secret webhook-key") == true)
      #expect(error?.description.hasSuffix("write it to \(path)") == true)
    }
  }
}
