/// One running program and the accounts it connects with.
package struct ServiceAccess: Sendable, Hashable {
  /// The service's name.
  package let name: String
  /// The service whose tables and keys it shares, for a worker of that service.
  package let partOf: String?
  /// Its tables.
  package let owns: [String]
  /// Other services' tables that it is granted something on, each with the reason.
  package let reaches: [Reach]
  /// What it holds beside the passwords of its accounts.
  package let secrets: [SecretUse]
  /// The sides of the network it is open to, beside its database and its cache.
  package let network: [NetworkEdge]
  /// The database account it connects with.
  package let databaseAccount: String
  /// The cache account it connects with; `nil` for a service without a cache.
  package let cacheAccount: String?
}

/// Another service's table, and why this one needs it.
package struct Reach: Sendable, Hashable {
  /// The other's table.
  package let table: String
  /// What for, in words that a reviewer can judge.
  package let reason: String
}

/// A secret that one service alone holds, and what for.
package struct SecretUse: Sendable, Hashable {
  /// Its name, which is that of its file.
  package let name: String
  /// What it is for, in words that a reviewer can judge.
  package let purpose: String
}

/// Where a connection may come from or go to, beside the database and the cache.
package enum NetworkSide: String, Sendable, Hashable, CaseIterable {
  /// Requests come in from the edge: an ingress, a published port.
  case edge
  /// It may call public addresses outside; never private ones.
  case outside
}

/// A side of the network that a service is open to, and why.
package struct NetworkEdge: Sendable, Hashable {
  /// Which side.
  package let side: NetworkSide
  /// What for, in words that a reviewer can judge.
  package let reason: String
}

/// Whose a table is.
package enum TableOwner: Sendable, Hashable {
  /// A service's own.
  case service(String)
  /// Nobody's: accounts of any service may be granted it. An append-only table is never updated or deleted from.
  case shared(appendOnly: Bool)
  /// The administrator's.
  case administrator
}

/// The two accounts that `bulkhead` connects with, and nobody else.
package struct Administrators: Sendable, Hashable {
  /// Owns every table in the engine's sense; no superuser.
  package let databaseAccount: String
  /// May change the cache's accounts.
  package let cacheAccount: String
}
