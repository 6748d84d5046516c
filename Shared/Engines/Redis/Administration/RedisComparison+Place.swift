import AccessManifest
import AccessPlanning

/// Servers whose users this comparison does not see, and a server that no service can write to.
extension RedisComparison {
  var placeDeviations: [Deviation] {
    guard let place = actual.place else {
      return [
        note(.outside, "\(manifest.administrators.cacheAccount) may not run INFO: run `bulkhead bootstrap`")
      ]
    }
    return (place.unacceptedReplica(in: manifest).map { [note(.different, $0)] } ?? [])
      + unseen(beside: place)
  }

  private func unseen(beside place: RedisPlace) -> [Deviation] {
    let replicas = place.replicas.map { replica in
      note(
        .remark,
        "the replica \(replica) has accounts of its own, and they are not compared: run `bulkhead access apply` and "
          + "`verify` with CACHE_HOST and CACHE_PORT of it, or no service gets in where it takes over")
    }
    guard place.isClusterNode else { return replicas }
    return replicas + [
      note(
        .remark,
        "this server is a node of a cluster, and the accounts of its other nodes are not compared: run `bulkhead access "
          + "apply` and `verify` with CACHE_HOST and CACHE_PORT of each")
    ]
  }

  private func note(_ kind: Deviation.Kind, _ message: String) -> Deviation {
    Deviation(
      kind, account: manifest.administrators.cacheAccount, object: "server", privilege: "role",
      message: message)
  }
}

extension RedisPlace {
  /// The key in the manifest's `accepts` for runs at a replica, which put the accounts there too.
  private static let replicaKey = "cache replica"

  /// Why the server is no place for the accounts: it is a replica, and the manifest does not accept it. Nil for any other.
  func unacceptedReplica(in manifest: AccessManifest) -> String? {
    guard let primary, manifest.scope.accepts[Self.replicaKey] == nil else { return nil }
    return
      "this server is a replica of \(primary): no service can write to it, and the accounts there are not compared. Set "
      + "CACHE_HOST to the primary, or list '\(Self.replicaKey)' in 'accepts', with the reason, where each server is "
      + "to have the accounts"
  }

  /// The servers that have its keys or those of its cluster, and accounts of their own.
  var others: [String] {
    (primary.map { ["the primary \($0)"] } ?? []) + replicas.map { "the replica \($0)" }
      + (isClusterNode ? ["the other nodes of its cluster"] : [])
  }
}
