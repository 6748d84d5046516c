import Yams

/// Reads a service's other secrets and its network access, beside its accounts of the database and the cache.
extension ManifestParser {
  /// Reads secrets by name, each with its purpose. Only one service may hold a secret.
  mutating func secrets(_ node: Node) -> [SecretUse] {
    reader.entries(node, of: "secrets").compactMap { entry in
      guard AccountName.isValid(entry.name) else {
        reader.report(entry.key, "secret '\(entry.name)' \(AccountName.rule)")
        return nil
      }
      guard isUnclaimed(secret: entry) else { return nil }
      guard let purpose = reader.text(entry.value, of: "the purpose of secret '\(entry.name)'") else {
        return nil
      }
      return SecretUse(name: entry.name, purpose: purpose)
    }
  }

  /// Reads the sides of the network that a service is open to, each with its reason.
  mutating func network(_ node: Node) -> [NetworkEdge] {
    let known = NetworkSide.allCases.map(\.rawValue)
    let fields = reader.fields(node, of: "network", required: [], optional: known)
    return NetworkSide.allCases.compactMap { side in
      guard let entry = fields[side.rawValue],
        let reason = reader.text(entry.value, of: "the reason for '\(side.rawValue)'")
      else { return nil }
      return NetworkEdge(side: side, reason: reason)
    }
  }
}
