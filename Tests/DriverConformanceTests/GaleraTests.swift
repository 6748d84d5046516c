import DataAccess
import DatabaseTestSupport
import EventLoop
import Foundation
import MariaDBDriver
import Schema
import TestSupport
import Testing
import Transport

/// Three nodes of a Galera cluster. The first write set that is certified wins; the loser gets 1213 at its commit.
@Suite(.serialized)
struct GaleraTests {
  /// A cluster of the test's own, a database in it with the table `samples`, and a pool whose hosts are the nodes.
  private struct Cluster {
    let nodes: [MariaDBServer]
    let test: TestDatabase
    let database: Database

    /// The node that serves the pool.
    func serving() async throws -> MariaDBServer {
      let port = try await database.unsafeQuery(unsafeSQL: "SELECT @@port").integer(0, 0)
      return try #require(nodes.first { Int64($0.port) == port })
    }

    /// Cuts a node off from the others until `body` has ended. The session was open before, because a node without a
    /// majority accepts no new one of ours.
    func isolating(_ node: MariaDBServer, _ body: () async throws -> Void) async throws {
      try await DriverSession.with(node.driver(as: node.superuser), on: test.loop) { session in
        try await session.run("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
        try await body()
        try await session.run("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
      }
    }

    /// Removes the data of a node that does not run: at its start it receives all of them from another one.
    func empty(_ node: MariaDBServer) throws {
      let home = try ServerEnvironment(file: node.control.folder + "/env").value("SERVER_HOME")
      let data = home + "/data"
      for name in try FileManager.default.contentsOfDirectory(atPath: data) {
        try FileManager.default.removeItem(atPath: "\(data)/\(name)")
      }
    }

    /// Counts what a node of a whole cluster has: every node in its view, and all that they have committed.
    private static func synced(of nodes: Int) -> String {
      """
      SELECT count(*) FROM information_schema.global_status
      WHERE (variable_name = 'WSREP_CLUSTER_SIZE' AND variable_value = '\(nodes)')
        OR (variable_name = 'WSREP_LOCAL_STATE_COMMENT' AND variable_value = 'Synced')
      """
    }

    /// Waits until every node is ready and has the same rows.
    func converges() async throws {
      for node in nodes {
        try await eventually("\(node.port) is ready") {
          let driver = node.driver(as: node.owner)
          var synced: Int64 = 0
          try? await DriverSession.with(driver, on: test.loop) { session in
            synced = try await session.run(Self.synced(of: nodes.count)).integer(0, 0)
          }
          return synced == 2
        }
      }
    }
  }

  private static func withCluster(_ body: (Cluster) async throws -> Void) async throws {
    try await ServerControl.withCluster("galera", nodes: 3) { environments in
      let nodes = try environments.map { try MariaDBServer(environment: $0) }
      try await TestDatabase.with(.mariadb("Galera", on: { nodes })) { test in
        try await Conformance.prepared(test, pool: FailoverTests.pool) { database in
          try await body(Cluster(nodes: nodes, test: test, database: database))
        }
      }
    }
  }

  @Test
  func `writers on several nodes conflict without an error, and a read sees what another node committed`()
    async throws
  {
    try await Self.withCluster { cluster in
      try await cluster.database.run(Samples.insert(\.label <- "counter", \.big <- 0))
      var configuration = cluster.test.configuration
      configuration.hosts.append(configuration.hosts.removeFirst())
      let driver = MariaDBDriver(configuration: configuration)
      try await cluster.test.withPool(FailoverTests.pool, driver: driver) { other in
        try await Self.increment(through: [cluster.database, other])
        for number in 0..<50 {
          try await cluster.database.run(Samples.insert(\.label <- "read \(number)"))
          let count = try await other.count(Samples.count().where(\.label == "read \(number)"))
          #expect(count == 1, "a node served a read before it had applied an acknowledged write")
        }
      }
    }
  }

  /// Increments one row through several nodes at once, in transactions and in statements of their own.
  private static func increment(through databases: [Database]) async throws {
    let (tasks, rounds) = (3, 20)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for database in databases {
        for _ in 0..<tasks {
          group.addTask {
            for _ in 0..<rounds {
              try await database.transaction(retries: 100) { transaction throws(DatabaseError) in
                let counter = Samples.select(\.big).where(\.label == "counter").forUpdate()
                let value = try await transaction.first(counter) { $0 } ?? nil
                try await transaction.run(
                  Samples.update(\.big <- (value ?? 0) + 1).where(\.label == "counter"))
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let value = try await databases[0].first(Samples.select(\.big).where(\.label == "counter")) { $0 } ?? nil
    #expect(value == Int64(databases.count * tasks * rounds))
  }

  @Test
  func `a killed, an isolated, a hanging and a copied node lose no acknowledged write, and none is repeated`()
    async throws
  {
    try await Self.withCluster { cluster in
      let database = cluster.database
      try await FailoverTests.underLoad(database, "SIGKILL of a node") {
        let node = try await cluster.serving()
        try await node.control.kill()
        try await node.control.restart()
      }
      try await cluster.converges()
      try await FailoverTests.underLoad(database, "partition of a node") {
        let node = try await cluster.serving()
        try await cluster.isolating(node) {
          try await eventually("another node serves") {
            guard let serving = try? await cluster.serving() else { return false }
            return serving.port != node.port
          }
        }
      }
      try await cluster.converges()
      try await FailoverTests.underLoad(database, "a node that receives all data") {
        let node = try await cluster.serving()
        try await node.control.kill()
        try cluster.empty(node)
        try await node.control.restart()
      }
      try await cluster.converges()
      try await FailoverTests.underLoad(database, "SIGSTOP of a node for 3 s") {
        let node = try await cluster.serving()
        try await node.control.suspend()
        try await Task.sleep(for: .seconds(3))
        try await node.control.resume()
      }
      try await cluster.converges()
      try await FailoverTests.underLoad(database, "restart of all nodes, one after the other") {
        for node in cluster.nodes {
          try await node.control.restart()
          try await cluster.converges()
        }
      }
    }
  }

  @Test func `a node without a majority is given up, and the reason names it`() async throws {
    try await Self.withCluster { cluster in
      let node = cluster.nodes[0]
      var configuration = cluster.test.configuration
      configuration.hosts = [Endpoint(host: node.host, port: node.port)]
      let driver = MariaDBDriver(configuration: configuration)
      try await cluster.test.withPool(FailoverTests.pool, driver: driver) { alone in
        func failure() async -> DatabaseError? {
          do {
            _ = try await alone.unsafeQuery(unsafeSQL: "SELECT 1", label: "read", isRead: true)
            return nil
          } catch {
            return error
          }
        }
        #expect(await failure() == nil)
        try await cluster.isolating(node) {
          try await eventually("the reason is named") {
            // A read that waits while the node loses the others ends as any wait for a lock.
            let error = await failure()
            return error?.detail?.contains("\(node.port)") == true
              && error?.detail?.contains("has no majority (wsrep_cluster_status non-Primary)") == true
          }
        }
      }
      try await cluster.converges()
    }
  }
}
