import AccessManifest
import Foundation

/// How much a service may use, and whether it receives requests from the edge: what a new service takes from another one.
///
/// Each text is what the manifests have after the key. Rights, secrets, settings and connections to the outside are not part
/// of it: they belong to the program, and the program of a new service needs none of another one's.
struct ServiceSize: Sendable, Equatable {
  let pods: String
  let pool: String
  let cpu: String
  let memory: String
  /// The limits of the database account. A roll-out of the pods must fit into its connections.
  let limits: String
  let hasEdge: Bool

  /// Small, and enough for many users: see docs/scale.md.
  static let standard = ServiceSize(
    pods: "2-3", pool: "2", cpu: "100m-1", memory: "64Mi-192Mi",
    limits: "{ connections: 20, statement: 5s, idle_in_transaction: 10s }", hasEdge: true)
}

extension ServiceSize {
  /// The size of a service in the manifests' texts.
  init(of name: String, access: String, fleet: String) throws {
    let running = ManifestBlock.all(in: fleet)
    let rights = ManifestBlock.all(in: access).first { $0.service == name }
    guard let block = running.first(where: { $0.service == name }) else {
      guard rights == nil else {
        throw ToolError("\(name) is not in deploy/fleet.yaml: nothing runs it, so it has no size")
      }
      let hint = Spelling.hint(for: name, among: running.map(\.service))
      throw ToolError("deploy/fleet.yaml has no service '\(name)'\(hint)")
    }
    guard let rights else {
      throw ToolError("deploy/access.yaml has no service '\(name)' any more: it has no account and no limits")
    }
    func value(_ key: String, in block: ManifestBlock, of file: String) throws -> String {
      guard let value = block.value(of: key) else {
        throw ToolError("\(file): \(name) has no '\(key)' with its value on the same line")
      }
      return value
    }
    self.init(
      pods: try value("pods", in: block, of: "deploy/fleet.yaml"),
      pool: try value("pool", in: block, of: "deploy/fleet.yaml"),
      cpu: try value("cpu", in: block, of: "deploy/fleet.yaml"),
      memory: try value("memory", in: block, of: "deploy/fleet.yaml"),
      limits: try value("limits", in: rights, of: "deploy/access.yaml"),
      hasEdge: rights.has("edge", below: "network"))
  }
}
