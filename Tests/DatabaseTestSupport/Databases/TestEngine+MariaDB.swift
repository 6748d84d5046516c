import DataAccess
import EventLoop
import MariaDBDriver
import TestSupport

extension TestEngine {
  /// MariaDB: each test gets a database on the server that `make test` started. The database's own character set is
  /// another than the driver's.
  package static let mariadb = TestEngine(
    "MariaDB", engine: MariaDBEngine(), doubleType: "double", bytesType: "longblob", words: .mariadb,
    oddTimes: ["0000-01-01 00:00:00", "0000-12-31 23:59:59.999999"], storesInfinity: false
  ) { loop in
    let server = try MariaDBServer.shared()
    let name = "test_" + RandomName.make()
    try await DriverSession.with(server.driver(as: server.owner), on: loop) { session in
      try await session.run("CREATE DATABASE \(name)")
    }
    let configuration = server.configuration(as: server.owner, database: name)
    return ProvidedDatabase(
      configuration: configuration, driver: MariaDBDriver(configuration: configuration)
    ) {
      try await DriverSession.with(server.driver(as: server.superuser), on: loop) { session in
        try await ServerWords.endSessions(in: "'\(name)'", through: session)
        try await session.run("DROP DATABASE \(name)")
      }
    }
  }
}

extension ServerWords {
  /// MariaDB's words.
  static let mariadb = ServerWords(
    sleep: { "SELECT sleep(\($0))" },
    running: { text in
      "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND info = '\(text)'"
    },
    lockSamples: ["LOCK TABLES samples WRITE"], unlock: "UNLOCK TABLES",
    waitingForSamples: """
      SELECT count(*) FROM information_schema.processlist
      WHERE db = database() AND state LIKE 'Waiting for table%'
      """,
    cancel: { text, session in
      let statements = try await session.run(
        "SELECT id FROM information_schema.processlist WHERE db = database() AND info = '\(text)'")
      for row in 0..<statements.rowCount {
        try await session.run("KILL QUERY \(try statements.integer(row, 0))")
      }
      return statements.rowCount
    },
    endSessions: { session in try await endSessions(in: "database()", through: session) })

  /// Ends every session of a database except the one that does it.
  static func endSessions(in database: String, through session: DriverSession) async throws {
    let others = try await session.run(
      "SELECT id FROM information_schema.processlist WHERE db = \(database) AND id <> connection_id()")
    for row in 0..<others.rowCount {
      // A session that has ended by itself meanwhile is unknown.
      _ = try? await session.run("KILL \(try others.integer(row, 0))")
    }
  }
}
