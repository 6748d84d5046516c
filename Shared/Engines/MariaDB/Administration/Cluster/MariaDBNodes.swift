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
    /// The hosts of another cluster that was made from this one: both take writes, which the other does not get.
    fileprivate var apart: [Endpoint] = []

    var others: [Node] { nodes.filter { !$0.isServing } }

    /// What an operator must know of a cluster of which two were made; nil where it is one.
    var division: String? {
      guard !apart.isEmpty else { return nil }
      return
        "two clusters were made from one (galera_new_cluster or pc.bootstrap on a node), and each takes writes that the "
        + "other does not get: \(nodes.map(\.name).joined(separator: ", ")) against "
        + "\(apart.map { "\($0)" }.joined(separator: ", ")) (wsrep_cluster_conf_id and wsrep_incoming_addresses differ). "
        + "Stop the fleet, decide which one keeps its rows, and let the nodes of the other join that one anew"
    }

    fileprivate mutating func miss(_ what: String, _ note: String) {
      unseen.append(what)
      notes.append(note)
    }
  }

  /// Runs `body` with the nodes, and ends the connections after it. A server that is no node of a cluster has none.
  ///
  /// - Throws: also where the server has left the cluster that other hosts of DB_HOST are in, and, unless `body` reports it,
  ///   where two clusters were made from one: its answers, and changes on it, concern no other node.
  func with<Value: Sendable>(
    _ administrator: any StatementRunner, reportingDivision reports: Bool = false,
    _ body: (Found) async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    let found = try await find(administrator)
    let result: Result<Value, AccessError>
    do throws(AccessError) {
      if !reports, let division = found.division { throw .unsupported("\(division). Nothing was changed") }
      result = .success(try await body(found))
    } catch {
      result = .failure(error)
    }
    for node in found.nodes { await node.database.close() }
    return try result.get()
  }

  /// Throws where the server has left the cluster that other hosts of DB_HOST are in, or is of one of two that were made from
  /// one.
  func refuseOutsider(_ administrator: any StatementRunner) async throws(AccessError) {
    try await with(administrator) { _ in }
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
        guard await isMember(database, as: identity, beside: administrator, as: serving) else {
          await database.close()
          found.apart.append(host)
          continue
        }
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

  /// Whether a node is in the view of the serving one. Views change, and a new one reaches the nodes one after the other. A
  /// node that does not answer meanwhile counts as one that is: what follows finds that out.
  private func isMember(
    _ node: Database, as found: Identity, beside serving: any StatementRunner, as its: Identity
  ) async -> Bool {
    if found.view == its.view { return true }
    for _ in 0..<Self.furtherReadingsOfView {
      await loop.sleep(milliseconds: Self.pauseBetweenReadingsMilliseconds)
      do throws(DatabaseError) {
        if try await Identity(of: serving)?.view == Identity(of: node)?.view { return true }
      } catch {
        return true
      }
    }
    return false
  }

  private static let (furtherReadingsOfView, pauseBetweenReadingsMilliseconds) = (5, 500)

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
    /// What all nodes of one cluster have alike: the number of its view, and the addresses in it. Two clusters that were made
    /// from one have the same `cluster`, and count their views apart.
    let view: String
    /// The nodes that have data.
    let size: Int

    /// Nil where the server is no node.
    init?(of runner: any StatementRunner) async throws(DatabaseError) {
      guard try await RightsCatalog.of(runner).hasClusters else { return nil }
      let rows = try await runner.unsafeQuery(
        unsafeSQL: """
          SELECT max(if(s.variable_name = 'WSREP_GCOMM_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_CLUSTER_STATE_UUID', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_INCOMING_ADDRESSES', s.variable_value, NULL)),
            max(if(s.variable_name = 'WSREP_CLUSTER_CONF_ID', s.variable_value, ''))
          FROM information_schema.global_variables v JOIN information_schema.global_status s
          WHERE v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' AND s.variable_name LIKE 'WSREP_%'
          """, label: "find the nodes", isRead: true)
      guard rows.rowCount == 1, !rows.isNull(0, 0), !rows.isNull(0, 1) else { return nil }
      node = try rows.text(0, 0)
      cluster = try rows.text(0, 1)
      view = try rows.text(0, 3) + " " + (rows.isNull(0, 2) ? "" : rows.text(0, 2))
      // The size of the cluster counts an arbitrator too, which has no data and no address.
      size = rows.isNull(0, 2) ? 1 : try rows.text(0, 2).split(separator: ",").count
    }
  }
}
