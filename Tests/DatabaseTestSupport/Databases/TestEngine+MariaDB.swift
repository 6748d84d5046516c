import DataAccess
import EventLoop
import MariaDBDriver
import TestSupport
import Transport

extension TestEngine {
  /// MariaDB: each test gets a database on the server that `make test` started. The database's own character set is
  /// another than the driver's.
  package static let mariadb = mariadb("MariaDB", on: { [try MariaDBServer.shared()] })

  /// Three nodes of a Galera cluster, of which the first serves while it is ready.
  package static let galera = mariadb("Galera", on: { try MariaDBServer.sharedCluster() })

  /// MySQL, where `make test-mysql` started one.
  package static let mysql = mariadb("MySQL", on: { [try MariaDBServer.sharedMySQL()] })

  /// The server of the MySQL family on which the tests of the driver run.
  package static let family = MariaDBServer.hasMySQL ? mysql : mariadb

  /// MariaDB on servers of the test's own: one, or the nodes of a cluster, which are the driver's hosts in this order.
  package static func mariadb(
    _ description: String, on servers: @escaping @Sendable () throws -> [MariaDBServer]
  ) -> TestEngine {
    TestEngine(
      description, engine: MariaDBEngine(), doubleType: "double", bytesType: "longblob", words: .mariadb,
      oddTimes: ["0000-01-01 00:00:00", "0000-12-31 23:59:59.999999"], storesInfinity: false,
      copies: false
    ) { loop, _ in
      let servers = try servers()
      let name = "test_" + RandomName.make()
      try await DriverSession.with(servers[0].driver(as: servers[0].owner), on: loop) { session in
        try await session.run("CREATE DATABASE \(name)")
      }
      var configuration = servers[0].configuration(as: servers[0].owner, database: name)
      configuration.hosts = servers.map { Endpoint(host: $0.host, port: $0.port) }
      return ProvidedDatabase(
        configuration: configuration, driver: MariaDBDriver(configuration: configuration)
      ) {
        for server in servers.reversed() {
          try await DriverSession.with(server.driver(as: server.superuser), on: loop) { session in
            try await ServerWords.endSessions(in: "'\(name)'", through: session)
            if server.port == servers[0].port { try await session.run("DROP DATABASE \(name)") }
          }
        }
      }
    }
  }
}

extension ServerWords {
  /// Where the server lists its sessions. MySQL's other list fails while one of them runs a statement with bytes that are
  /// no text.
  private static let sessions =
    MariaDBServer.hasMySQL ? "performance_schema.processlist" : "information_schema.processlist"

  /// MariaDB's words.
  static let mariadb = ServerWords(
    // As the result of a select, an interrupted wait is 1 on MySQL. As its condition, it is an error on both.
    sleep: { "SELECT 1 FROM dual WHERE sleep(\($0)) = 0" },
    running: { text in
      "SELECT count(*) FROM \(sessions) WHERE db = database() AND info = '\(text)'"
    },
    analyze: "ANALYZE TABLE",
    lockSamples: ["LOCK TABLES samples WRITE"], unlock: "UNLOCK TABLES",
    waitingForSamples: """
      SELECT count(*) FROM \(sessions)
      WHERE db = database() AND state LIKE 'Waiting for table%'
      """,
    cancel: { text, session in
      let statements = try await session.run(
        "SELECT id FROM \(sessions) WHERE db = database() AND info = '\(text)'")
      for row in 0..<statements.rowCount {
        try await session.run("KILL QUERY \(try statements.integer(row, 0))")
      }
      return statements.rowCount
    },
    endSessions: { session in try await endSessions(in: "database()", through: session) })

  /// Ends every session of a database except the one that does it.
  static func endSessions(in database: String, through session: DriverSession) async throws {
    let others = try await session.run(
      "SELECT id FROM \(sessions) WHERE db = \(database) AND id <> connection_id()")
    for row in 0..<others.rowCount {
      // A session that has ended by itself meanwhile is unknown.
      _ = try? await session.run("KILL \(try others.integer(row, 0))")
    }
  }
}
