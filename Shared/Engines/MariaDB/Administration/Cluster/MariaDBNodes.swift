import AccessAdministration
import AccessPlanning
import DataAccess
import EventLoop
import Logging

/// The nodes of a Galera cluster, each by a connection of its own.
///
/// A cluster replicates statements about rights, and neither sessions nor writes into the server's own tables. So a
/// session is ended on its own node, and the rights of each node are compared.
struct MariaDBNodes: Sendable {
  /// The administrator's way to the cluster; its hosts are the nodes.
  let configuration: DatabaseConfiguration
  let engine: any DatabaseEngine
  let loop: EventLoop
  let logger: Logger

  init(of site: DatabaseSite, _ engine: any DatabaseEngine) {
    (configuration, self.engine, loop, logger) = (site.configuration, engine, site.loop, site.logger)
  }

  /// One node, for the duration of one command.
  struct Node: Sendable {
    /// `HOST:PORT`, as DB_HOST has it.
    let name: String
    let database: Database
    /// Whether the administrator's pool uses it.
    let isServing: Bool
  }

  /// The nodes that answer, and what an operator must know of the others.
  struct Found: Sendable {
    var nodes: [Node] = []
    var notes: [String] = []

    var others: [Node] { nodes.filter { !$0.isServing } }
  }

  /// Runs `body` with the nodes, and ends the connections after it. A server that is no node of a cluster has none.
  func with<Value: Sendable>(
    _ administrator: any StatementRunner, _ body: (Found) async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    let found: Found
    do {
      found = try await find(administrator)
    } catch {
      throw .database(error)
    }
    let result: Result<Value, AccessError>
    do throws(AccessError) {
      result = .success(try await body(found))
    } catch {
      result = .failure(error)
    }
    for node in found.nodes { await node.database.close() }
    return try result.get()
  }

  private func find(_ administrator: any StatementRunner) async throws(DatabaseError) -> Found {
    guard let serving = try await Identity(of: administrator) else { return Found() }
    var found = Found()
    for host in configuration.hosts {
      var single = configuration
      single.hosts = [host]
      let database = Database(
        driver: engine.driver(single), loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
      do throws(DatabaseError) {
        guard let identity = try await Identity(of: database), identity.cluster == serving.cluster else {
          await database.close()
          found.notes.append("\(host) is no node of the cluster that DB_HOST names")
          continue
        }
        found.nodes.append(
          Node(name: "\(host)", database: database, isServing: identity.node == serving.node))
      } catch {
        await database.close()
        found.notes.append(
          "the node \(host) does not answer, so its rights and sessions are as they were: \(error)")
      }
    }
    let unlisted = serving.size - configuration.hosts.count
    if unlisted > 0 {
      found.notes.append(
        "the cluster has \(serving.size) nodes and DB_HOST lists \(configuration.hosts.count): list them all, because "
          + "rights and sessions of the others are not seen")
    }
    return found
  }
}

extension MariaDBNodes {
  /// Ends the sessions of an account on the nodes, after each has applied what the cluster has committed: an account that
  /// was locked before opens none meanwhile.
  static func kill(_ statement: String, on nodes: [Node]) async throws(DatabaseError) {
    for node in nodes {
      _ = try await node.database.unsafeQuery(
        unsafeSQL: "SELECT 1 FROM information_schema.processlist LIMIT 1", label: "wait for the cluster",
        isRead: true)
      try await node.database.change(statement, label: statement)
    }
  }

  /// Runs `body` in a session whose statements about rights stay on the node.
  static func alone<Value: Sendable>(
    on node: Node, _ body: (Session) async throws(DatabaseError) -> Value
  ) async throws(DatabaseError) -> Value {
    try await node.database.session("mend one node") { (session) async throws(DatabaseError) -> Value in
      _ = try await session.unsafeQuery(unsafeSQL: "SET SESSION wsrep_OSU_method = 'RSU'")
      return try await body(session)
    }
  }

  /// Which node of which cluster a session is on.
  private struct Identity {
    let node: String
    let cluster: String
    let size: Int

    /// Nil where the server is no node.
    init?(of runner: any StatementRunner) async throws(DatabaseError) {
      guard try await RightsCatalog.of(runner).hasClusters else { return nil }
      let rows = try await runner.unsafeQuery(
        unsafeSQL: """
          SELECT max(if(s.variable_name = 'WSREP_GCOMM_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_CLUSTER_STATE_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_CLUSTER_SIZE', s.variable_value, NULL))
          FROM information_schema.global_variables v JOIN information_schema.global_status s
          WHERE v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' AND s.variable_name LIKE 'WSREP_%'
          """, label: "find the nodes", isRead: true)
      guard rows.rowCount == 1, !rows.isNull(0, 0), !rows.isNull(0, 1) else { return nil }
      node = try rows.text(0, 0)
      cluster = try rows.text(0, 1)
      size = rows.isNull(0, 2) ? 1 : Int(try rows.text(0, 2)) ?? 1
    }
  }
}
