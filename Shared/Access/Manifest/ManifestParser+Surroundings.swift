import Yams

/// What a service needs besides its two accounts: other secrets, and connections other than those to the database and
/// the cache.
extension ManifestParser {
  /// Secrets by name, each with its reason; a secret is held by one service, or it is none.
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

  /// The sides of the network that a service is open to, each with its reason.
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
