import AccessAdministration
import AccessPlanning
import DataAccess
import EventLoop
import Logging
import Transport

/// The nodes of a Galera cluster, each by a connection of its own.
///
/// A cluster replicates statements about rights, and neither sessions nor writes into the server's own tables. So a
/// session is ended on its own node, and the rights of each node are compared.
struct MariaDBNodes: Sendable {
  /// The administrator's way to the cluster; its hosts are the nodes.
  var configuration: DatabaseConfiguration
  let engine: any DatabaseEngine
  let loop: EventLoop
  let logger: Logger

  init(of site: DatabaseSite, _ engine: any DatabaseEngine) {
    (configuration, self.engine, loop, logger) = (site.configuration, engine, site.loop, site.logger)
  }

  /// One node, for the duration of one command.
  struct Node: Sendable {
    /// As DB_HOST has it.
    let host: Endpoint
    let database: Database
    /// Whether the administrator's pool uses it.
    let isServing: Bool

    /// `HOST:PORT`.
    var name: String { "\(host)" }
  }

  /// The nodes that answer, and what an operator must know of the others.
  struct Found: Sendable {
    var nodes: [Node] = []
    var notes: [String] = []
    /// What the cluster has beside them, or DB_HOST: its rights and sessions are out of reach.
    var unseen: [String] = []
    /// The nodes of the cluster, and how many of them DB_HOST lists; nil where it lists all.
    fileprivate(set) var unlisted: (size: Int, listed: Int)?
    /// The hosts among them that do not answer. They may be in the cluster.
    fileprivate var silent = 0

    var others: [Node] { nodes.filter { !$0.isServing } }

    fileprivate mutating func miss(_ what: String, _ note: String) {
      unseen.append(what)
      notes.append(note)
    }
  }

  /// Runs `body` with the nodes, and ends the connections after it. A server that is no node of a cluster has none.
  ///
  /// - Throws: also where the server has left the cluster that other hosts of DB_HOST are in: its answers, and changes on
  ///   it, concern no other node.
  func with<Value: Sendable>(
    _ administrator: any StatementRunner, _ body: (Found) async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    let found = try await find(administrator)
    let result: Result<Value, AccessError>
    do throws(AccessError) {
      result = .success(try await body(found))
    } catch {
      result = .failure(error)
    }
    for node in found.nodes { await node.database.close() }
    return try result.get()
  }

  /// Throws where the server has left the cluster that other hosts of DB_HOST are in. A node looks at no other host.
  func refuseOutsider(_ administrator: any StatementRunner) async throws(AccessError) {
    if try await identity(of: administrator) == nil { _ = try await findNone() }
  }

  private func identity(of runner: any StatementRunner) async throws(AccessError) -> Identity? {
    do throws(DatabaseError) {
      return try await Identity(of: runner)
    } catch {
      throw .database(error)
    }
  }

  private func find(_ administrator: any StatementRunner) async throws(AccessError) -> Found {
    guard let serving = try await identity(of: administrator) else { return try await findNone() }
    var found = Found()
    var known: Set<String> = []
    for host in configuration.hosts {
      switch await look(at: host) {
      case .node(let identity, let database) where identity.cluster == serving.cluster:
        // Two names of one node are one node.
        guard known.insert(identity.node).inserted else {
          await database.close()
          continue
        }
        found.nodes.append(
          Node(host: host, database: database, isServing: identity.node == serving.node))
      case .node(_, let database):
        await database.close()
        found.miss("\(host)", "\(host) is no node of the cluster that DB_HOST names")
      case .outsider:
        found.miss("\(host)", "\(host) is no node of the cluster that DB_HOST names")
      case .silent(let error):
        found.silent += 1
        found.miss(
          "\(host)", "the node \(host) does not answer, so its rights and sessions are as they were: \(error)"
        )
      }
    }
    let unlisted = serving.size - known.count - found.silent
    if unlisted > 0 {
      found.unlisted = (serving.size, serving.size - unlisted)
      found.miss(
        "\(unlisted) that DB_HOST does not list",
        "the cluster has \(serving.size) nodes and DB_HOST lists \(serving.size - unlisted) of them: list all, because "
          + "rights and sessions of the others are not seen")
    }
    return found
  }

  /// The server is no node. The other hosts show whether it should be one.
  private func findNone() async throws(AccessError) -> Found {
    guard configuration.hosts.count > 1 else { return Found() }
    var (nodes, outsiders): ([Endpoint], [Endpoint]) = ([], [])
    for host in configuration.hosts {
      switch await look(at: host) {
      case .node(_, let database):
        await database.close()
        nodes.append(host)
      case .outsider: outsiders.append(host)
      case .silent: continue
      }
    }
    guard let node = nodes.first else {
      return Found(notes: [
        "DB_HOST lists \(configuration.hosts.count) hosts, and none that answers is a node of a cluster: the rights and "
          + "sessions of one server alone are seen"
      ])
    }
    throw .unsupported(
      "\(outsiders.first.map { "\($0)" } ?? "the server") is no node of the cluster of \(node) (wsrep_on is OFF there): "
        + "make it join the cluster, or take it out of DB_HOST")
  }

  private enum Look {
    case node(Identity, Database)
    case outsider
    case silent(DatabaseError)
  }

  /// Asks one host. The caller closes the connection to a node.
  private func look(at host: Endpoint) async -> Look {
    var single = configuration
    single.hosts = [host]
    let database = Database(
      driver: engine.driver(single), loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    do throws(DatabaseError) {
      if let identity = try await Identity(of: database) { return .node(identity, database) }
      await database.close()
      return .outsider
    } catch {
      await database.close()
      return .silent(error)
    }
  }
}

extension MariaDBNodes {
  /// Returns when the node has applied what the cluster has committed: an account that was locked before opens no session
  /// there any more.
  static func waitForCluster(at node: Node) async throws(DatabaseError) {
    _ = try await node.database.unsafeQuery(
      unsafeSQL: "SELECT 1 FROM information_schema.processlist LIMIT 1", label: "wait for the cluster",
      isRead: true)
  }

  /// Makes the statements about rights in a session stay on its node.
  static func keepToNode(_ session: Session) async throws(DatabaseError) {
    _ = try await session.unsafeQuery(unsafeSQL: "SET SESSION wsrep_OSU_method = 'RSU'")
  }

  /// Which node of which cluster a session is on.
  private struct Identity {
    let node: String
    let cluster: String
    /// The nodes that have data.
    let size: Int

    /// Nil where the server is no node.
    init?(of runner: any StatementRunner) async throws(DatabaseError) {
      guard try await RightsCatalog.of(runner).hasClusters else { return nil }
      let rows = try await runner.unsafeQuery(
        unsafeSQL: """
          SELECT max(if(s.variable_name = 'WSREP_GCOMM_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_CLUSTER_STATE_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_INCOMING_ADDRESSES', s.variable_value, NULL))
          FROM information_schema.global_variables v JOIN information_schema.global_status s
          WHERE v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' AND s.variable_name LIKE 'WSREP_%'
          """, label: "find the nodes", isRead: true)
      guard rows.rowCount == 1, !rows.isNull(0, 0), !rows.isNull(0, 1) else { return nil }
      node = try rows.text(0, 0)
      cluster = try rows.text(0, 1)
      // The size of the cluster counts an arbitrator too, which has no data and no address.
      size = rows.isNull(0, 2) ? 1 : try rows.text(0, 2).split(separator: ",").count
    }
  }
}
