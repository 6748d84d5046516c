/// One service and the accounts that it connects with.
package struct ServiceAccess: Sendable, Hashable {
  /// The service's name.
  package let name: String
  /// The service whose tables and keys this one shares; nil unless this is a worker of that service.
  package let partOf: String?
  /// Whether people connect with its accounts, and no program does.
  package let isOfPeople: Bool
  /// The tables that the service owns.
  package let owns: [String]
  /// The tables of other services that this one has grants on, each with the reason.
  package let reaches: [Reach]
  /// The secrets that it holds beside the passwords of its accounts.
  package let secrets: [SecretUse]
  /// The sides of the network that it is open to, beside its database and its cache.
  package let network: [NetworkEdge]
  /// The database account it connects with.
  package let databaseAccount: String
  /// The cache account it connects with; `nil` for a service without a cache.
  package let cacheAccount: String?
}

/// Another service's table, and why this one needs it.
package struct Reach: Sendable, Hashable {
  /// The other service's table.
  package let table: String
  /// The reason, in words that a reviewer can judge.
  package let reason: String
}

/// A secret that only one service holds, and its purpose.
package struct SecretUse: Sendable, Hashable {
  /// The secret's name, which is also its file's name.
  package let name: String
  /// The purpose, in words that a reviewer can judge.
  package let purpose: String
}

/// A direction of connections beside those to the database and the cache.
package enum NetworkSide: String, Sendable, Hashable, CaseIterable {
  /// Incoming requests from the edge: an ingress, a published port.
  case edge
  /// Outgoing requests to public addresses, never to private ones.
  case outside
}

/// A side of the network that a service is open to, and the reason.
package struct NetworkEdge: Sendable, Hashable {
  /// The side.
  package let side: NetworkSide
  /// The reason, in words that a reviewer can judge.
  package let reason: String
}

/// The owner of a table.
package enum TableOwner: Sendable, Hashable {
  /// This service.
  case service(String)
  /// No service: accounts of any service may have grants on it. Rows of an append-only table never change.
  case shared(appendOnly: Bool)
  /// The administrator.
  case administrator

  /// Why no account and no person may have this verb on the whole table; nil where they may.
  package func refusal(of verb: TableVerb, on table: String) -> String? {
    switch self {
    case .shared(appendOnly: true) where verb == .update || verb == .delete:
      "table '\(table)' is append-only: '\(verb.rawValue)' cannot be granted"
    case .administrator where verb.isWrite:
      "table '\(table)' belongs to the administrator: only select can be granted"
    case .shared, .administrator, .service: nil
    }
  }
}

/// The two accounts that only `bulkhead` connects with.
package struct Administrators: Sendable, Hashable {
  /// The role that owns every table in the engine. It is not a superuser.
  package let databaseAccount: String
  /// The user that may change the cache's accounts.
  package let cacheAccount: String
  /// Whether there is a cache. Without one, the name of its administrator stands for no user.
  package var hasCache = true

  /// Names the two accounts.
  package init(databaseAccount: String, cacheAccount: String) {
    self.databaseAccount = databaseAccount
    self.cacheAccount = cacheAccount
  }
}
