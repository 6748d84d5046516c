import DataAccess
import Migrations

/// The nodes of a cluster beside the one that the administrator uses.
package struct OtherNodes: Sendable {
  /// By their names, `HOST:PORT`.
  package let nodes: [(name: String, database: Database)]
  /// What an operator must know of those that are not seen.
  package let notes: [String]

  /// Makes the list.
  package init(nodes: [(name: String, database: Database)] = [], notes: [String] = []) {
    (self.nodes, self.notes) = (nodes, notes)
  }
}

extension DatabaseAdministration {
  /// Compares the live schema with the migrations up to the recorded version, on each node of a cluster. What one node has
  /// alone, its name precedes.
  package func schemaCheck(of database: Database, in site: DatabaseSite) async throws -> SchemaCheck {
    let status = try await MigrationEngine(database).status()
    return try await withOtherNodes(of: database, in: site) { others in
      var check = try await schemaCheck(of: database, status)
      for node in others.nodes { check.add(try await schemaCheck(of: node.database, status), on: node.name) }
      check.notes = others.notes
      return check
    }
  }

  private func schemaCheck(of database: Database, _ status: MigrationStatus) async throws -> SchemaCheck {
    let live = try await liveSchema(in: database)
    let found = try await identitiesBehindRows(in: database)
    return try SchemaCheck(status: status, live: live, found: found, dialect: database.dialect)
  }

  /// Throws where a change of the schema would reach a part of the cluster alone. With `comparesTables`, also where the tables of
  /// the nodes differ: the record of versions is one for all of them.
  package func refusePart(
    ofClusterOf database: Database, in site: DatabaseSite, comparesTables: Bool = false
  ) async throws {
    try await withOtherNodes(of: database, in: site) { others in
      guard comparesTables, !others.nodes.isEmpty else { return }
      let tables = Set(try await liveSchema(in: database).tables)
      var differing: [String] = []
      for node in others.nodes where Set(try await liveSchema(in: node.database).tables) != tables {
        differing.append(node.name)
      }
      guard differing.isEmpty else { throw DifferingNodes(names: differing) }
    }
  }
}

/// Nodes of a cluster have other tables than the one that the administrator uses.
package struct DifferingNodes: Error, CustomStringConvertible {
  /// `HOST:PORT` of each.
  package let names: [String]

  package var description: String {
    "the tables differ on \(names.joined(separator: ", ")), and one record of versions is for all nodes, so nothing was "
      + "recorded: `bulkhead migrate check` names what differs (a change under wsrep_OSU_method = RSU that did not reach "
      + "every node). Complete the change on each node, or let the node join the cluster with an empty data directory"
  }
}
