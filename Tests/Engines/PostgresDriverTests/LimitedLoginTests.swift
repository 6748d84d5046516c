import DataAccess
import DatabaseTestSupport
import Dispatch
import Glibc
import TestSupport
import Testing

@testable import PostgresDriver

/// A limit of time that ends the first statement of a connection.
struct LimitedLoginTests {
  private static let slowSeconds = 1.0

  @Test func `a first statement that lifts a limit is sent again while the limit ends it`() async throws {
    let outcome = try await Self.connect(liftsLimits: true)
    #expect(throws: Never.self) { _ = try outcome.get() }
  }

  @Test func `any other first statement that a limit ends fails the connection`() async throws {
    let outcome = try await Self.connect(liftsLimits: false)
    #expect {
      _ = try outcome.get()
    } throws: { error in
      guard case ConnectionFailure.rejected("57014", _) = error else { return false }
      return true
    }
  }

  /// Connects with a limit of 50 ms and a first statement that takes longer for a second, as on a server without a free core.
  private static func connect(
    liftsLimits: Bool
  ) async throws -> Result<EstablishedConnection, ConnectionFailure> {
    let box = AsyncBox<Result<EstablishedConnection, ConnectionFailure>>()
    try await TestDatabase.with(.postgresql) { database in
      let configuration = database.configuration
      let server = ServerAddress(host: configuration.hosts[0])
      let parameters = ConnectionParameters(
        configuration: configuration, password: configuration.password, applicationName: "test")
      let quickFrom = Double(time(nil)) + 1 + slowSeconds
      let attempt = ConnectionAttempt(
        parameters: parameters.pairs(for: server) + [("options", "-c statement_timeout=50")],
        isGuarded: parameters.protection == .guarded,
        firstStatement:
          "SELECT 'off', pg_sleep(CASE WHEN clock_timestamp() < to_timestamp(\(quickFrom)) THEN 9 ELSE 0 END)",
        liftsLimits: liftsLimits, server: server, timeoutMilliseconds: 60_000,
        notices: NoticeLog(of: server, logger: .silent))
      DispatchQueue.global().async {
        box.set(Result { () throws(ConnectionFailure) in try attempt.run() })
      }
      _ = try await box.value()
    }
    return try await box.value()
  }
}
