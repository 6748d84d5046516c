/// What runs: `deploy/fleet.yaml`, parsed, and checked against the access manifest.
///
/// The tool's own fleet, compose, the Kubernetes manifests and the scripts that create secrets derive from this value.
package struct FleetManifest: Sendable, Hashable {
  /// The path that the caller passed, for messages.
  package let file: String
  /// The programs that are built, in the manifest's order.
  package let programs: [FleetProgram]
  /// The services in the manifest's order, which is the order of their start.
  package let services: [FleetService]

  /// Throws the place of every program that is not in a folder, such as that of the tool's own program.
  package func requirePrograms(
    in folder: String, isThere: (_ path: String) -> Bool
  ) throws(ManifestErrors) {
    let problems = services.compactMap { service -> ManifestProblem? in
      let path = "\(folder)/\(service.program)"
      guard !isThere(path) else { return nil }
      return ManifestProblem(
        file: file, line: service.programLine,
        message:
          "\(service.name) runs \(service.program), and there is no program \(path): build it (make build)")
    }
    if !problems.isEmpty { throw ManifestErrors(problems: problems) }
  }
}

/// A program that is built, and one image of it.
package struct FleetProgram: Sendable, Hashable {
  /// The name of the product, the executable and the image.
  package let name: String
  /// The description of its image.
  package let description: String
}

/// One service: its program, and how it runs.
package struct FleetService: Sendable, Hashable {
  /// The service's name, as in the access manifest.
  package let name: String
  /// The program that it runs.
  package let program: String
  /// The line that names the program, for errors about it.
  package let programLine: Int
  /// The service's port on loopback.
  package let port: Int
  /// The first label of its public host name.
  package let host: String
  /// Settings of the service everywhere.
  package let environment: [FleetVariable]
  /// Settings on one machine only.
  package let local: [FleetVariable]
  /// Its secrets beside its accounts' passwords.
  package let secrets: [FleetSecret]
  /// The number of pods in a cluster.
  package let pods: ClosedRange<Int>
  /// The database connections of each pod.
  package let pool: Int
  /// The processor time of a pod.
  package let cpu: ResourceRange
  /// The memory of a pod.
  package let memory: ResourceRange

  /// Whether it holds the key that signs tokens. Every other service gets the public key set.
  package var signsTokens: Bool { secrets.contains { $0.kind == .ed25519 } }
}

/// A setting and its value.
package struct FleetVariable: Sendable, Hashable {
  /// The setting's name.
  package let name: String
  /// Its value.
  package let value: String
}

/// A secret of one service: how it is created, and the setting that takes its value.
package struct FleetSecret: Sendable, Hashable {
  /// The secret's name, as in the access manifest.
  package let name: String
  /// How it is created.
  package let kind: SecretKind
  /// The setting that takes its value. A service reads it from a file: `NAME_FILE`.
  package let variable: String

  /// The secret's file. A private key says its format.
  package var file: String { kind == .ed25519 ? "\(name).pem" : name }
}

/// How the value of a secret is created.
package enum SecretKind: String, Sendable, Hashable, CaseIterable {
  /// 32 random bytes in base64url, as for a password.
  case random
  /// 32 random bytes in base64, for a cipher.
  case key
  /// `whsec_` and 32 random bytes in base64: a secret of Standard Webhooks.
  case whsec
  /// An Ed25519 private key in PEM.
  case ed25519
  /// An operator delivers it, and nothing creates it.
  case given
}

/// What a pod has for sure, and its limit, in Kubernetes' units.
package struct ResourceRange: Sendable, Hashable {
  /// What the pod has for sure.
  package let request: String
  /// What it can use at most.
  package let limit: String
}
