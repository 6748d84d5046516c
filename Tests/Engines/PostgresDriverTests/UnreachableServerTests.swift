import DataAccess
import DatabaseTestSupport
import EventLoop
import Glibc
import TestSupport
import Testing
import Transport

@testable import PostgresDriver

/// Servers that hang, names with several addresses, accounts that may not log in, and sessions that the server ends.
struct UnreachableServerTests {
  // MARK: Cancellations

  @Test func `a server that hangs does not hold up the cancellations of another`() async throws {
    try await ServerControl.withServer("postgresql") { environment in
      let hung = try PostgresServer(environment: environment)
      let driver = hung.driver(as: hung.owner, database: "postgres")
      let elsewhere = try LoopFixture()
      try await DriverSession.with(driver, on: elsewhere.loop) { first in
        try await DriverSession.with(driver, on: elsewhere.loop) { second in
          try await hung.control.suspend()
          let outcome = try await Self.cancelElsewhere(after: [first, second])
          try await hung.control.resume()
          #expect(outcome.error?.kind == .statementTimeout)
        }
      }
    }
  }

  /// Begins a cancellation on each of the sessions, then cancels a statement on the shared server.
  private static func cancelElsewhere(
    after hung: [DriverSession]
  ) async throws -> Result<any ResultSet, DatabaseError> {
    for session in hung {
      let connection = session.connection
      connection.loop.execute { connection.value.cancel {} }
    }
    let box = AsyncBox<Result<any ResultSet, DatabaseError>>()
    try await PostgresFixture.with { fixture, session in
      let connection = session.connection
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      async let outcome = session.executeTogether([PostgresFixture.read("SELECT pg_sleep(20)")])
      try await fixture.waitUntilAsleep(pid)
      connection.loop.execute { connection.value.cancel {} }
      box.set(await outcome[0])
    }
    return try await box.value()
  }

  @Test func `each server has a queue of cancellations of its own`() {
    let queues = CancellationQueues()
    let host = Endpoint(host: "db.internal", port: 5432)
    let servers = ServerAddress.all(of: host, addresses: ["10.0.0.1", "10.0.0.2"])
    #expect(servers.map(\.description) == ["db.internal:5432 (10.0.0.1)", "db.internal:5432 (10.0.0.2)"])
    #expect(queues.queue(for: servers[0]) === queues.queue(for: servers[0]))
    #expect(queues.queue(for: servers[0]) !== queues.queue(for: servers[1]))
  }

  // MARK: Addresses

  @Test func `a name whose first address never answers leads to the next one`() async throws {
    try await TestDatabase.with(.postgresql) { database in
      let server = try PostgresServer.shared()
      let silent = try SilentListener(address: "127.0.0.2", port: server.port)
      let driver = PostgresDriver(
        configuration: database.configuration, connectTimeoutMilliseconds: 10_000,
        servers: { ServerAddress.all(of: $0, addresses: ["127.0.0.2", "127.0.0.1"]) })
      for _ in 0..<2 {
        try await DriverSession.with(driver, on: database.loop) { session in
          let one = try await session.run("SELECT 1").integer(0, 0)
          #expect(one == 1)
        }
      }
      // The second search began with the address that had served.
      #expect(silent.waitingConnections == 1)
    }
  }

  @Test func `a host with one address is named without it`() {
    let host = Endpoint(host: "127.0.0.1", port: 5432)
    #expect(ServerAddress.all(of: host) == [ServerAddress(host: host)])
  }

  // MARK: Logins and ends

  @Test
  func `an account that was not allowed to log in is tried again without the pause of a wrong password`()
    async throws
  {
    try await TestDatabase.with(.postgresql) { database in
      let account = try await database.createAccount("barred")
      var configuration = database.configuration.connecting(as: account.name, password: account.password)
      configuration.retryDelaySeconds = 600
      let pool = PoolConfiguration(
        size: 1, reconnectMinimumMilliseconds: 20, reconnectMaximumMilliseconds: 100)
      try await database.withPool(pool, driver: PostgresDriver(configuration: configuration)) { pool in
        let administrator = database.driver, loop = database.loop
        try await DriverSession.with(administrator, on: loop) { session in
          try await session.run("ALTER ROLE \"\(account.name)\" NOLOGIN")
          let refused = await #expect(throws: DatabaseError.self) { try await pool.ping() }
          #expect(refused?.kind == .authenticationFailed)
          #expect(refused?.detail?.contains("not permitted to log in") == true)
          try await session.run("ALTER ROLE \"\(account.name)\" LOGIN")
        }
        try await eventually("the account connects") { (try? await pool.ping()) != nil }
      }
    }
  }

  @Test func `the end of a session is reported with the server and its reason, and without a value`()
    async throws
  {
    try await PostgresFixture.with { fixture, session in
      let lost = AsyncBox<DatabaseError>()
      let connection = session.connection
      connection.loop.execute { connection.value.onLost = { lost.set($0) } }
      try await session.run("CREATE TABLE notes (text text UNIQUE)")
      for _ in 0..<2 { _ = try? await session.run("INSERT INTO notes VALUES ('a-bound-value')") }
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      try await DriverSession.with(fixture.database.driver, on: fixture.database.loop) { other in
        try await other.run("SELECT pg_terminate_backend($1)", [.integer(pid)])
      }
      let server = "\(fixture.server.host):\(fixture.server.port)"
      let detail = try await lost.value().detail
      #expect(detail == "\(server): terminating connection due to administrator command (57P01)")
    }
  }

  @Test func `libpq's own last line is reported, and never the error of a statement`() {
    let error = "ERROR:  duplicate key\nDETAIL:  Key (email)=(a-bound-value) already exists.\n"
    #expect(LibraryMessage.lastOwn(error) == nil)
    let end = "server closed the connection unexpectedly"
    let advice = "\n\tThis probably means the server terminated abnormally\n\tbefore it."
    #expect(LibraryMessage.lastOwn(error + end + advice) == end)
  }
}

/// A port that accepts connections in the kernel and never answers, like a server that is gone behind a firewall.
private final class SilentListener {
  private let descriptor: Int32

  init(address: String, port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(port).bigEndian
    name.sin_addr.s_addr = inet_addr(address)
    let bound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(descriptor, 8) == 0 else { throw SupportError("cannot listen on \(address)") }
  }

  deinit { close(descriptor) }

  /// The connections that have arrived since the last call.
  var waitingConnections: Int {
    var count = 0
    while case let accepted = accept(descriptor, nil, nil), accepted >= 0 {
      count += 1
      close(accepted)
    }
    return count
  }
}
