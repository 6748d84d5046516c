import DataAccess
import EventLoop
import Logging
import Schema
import Testing

@testable import SQLiteDriver

/// A service's whole path of typed statements, pool and driver, as an account that sees only its own rows.
struct TypedStatementTests {
  private let file: TestFile
  private let fixture: DriverFixture
  private let twitch: Database

  init() throws {
    file = try TestFile()
    fixture = try DriverFixture(SQLiteDriver(path: file.path, account: .restricted(TestFile.twitch)))
    twitch = Self.database(fixture.driver, fixture)
  }

  private static func database(_ driver: SQLiteDriver, _ fixture: DriverFixture) -> Database {
    Database(
      driver: driver, loop: fixture.loop, configuration: PoolConfiguration(size: 2),
      logger: Logger(label: "test"))
  }

  private func insert(_ platform: String, _ id: String) -> Insert<PlatformIntegrations> {
    PlatformIntegrations.insert(
      \.platform <- platform, \.channel <- "c", \.externalID <- id, \.settings <- .emptyObject,
      \.updatedAt <- Timestamp(microsecondsSinceEpoch: 0))
  }

  @Test func `statements over the schema reach only the account's own rows`() async throws {
    let ids = try await twitch.all(PlatformIntegrations.select(\.externalID).orderBy(\.id), as: { $0 })
    #expect(ids == ["t1", "t2"])
    let new = try await twitch.insert(insert("twitch", "t3"), returning: \.id)
    #expect(new == 4)
    #expect(try await twitch.run(PlatformIntegrations.delete().where(\.externalID == "d1")) == 0)
    #expect(try await twitch.run(PlatformIntegrations.delete().where(\.externalID == "t3")) == 1)
    let error = await #expect(throws: DatabaseError.self) { try await twitch.run(insert("discord", "d2")) }
    #expect(error?.isPermissionDenied == true)
    await twitch.close()
  }

  @Test func `a transaction with a denied statement has no effect`() async throws {
    await #expect(throws: DatabaseError.self) {
      try await twitch.transaction { (transaction) throws(DatabaseError) in
        _ = try await transaction.run(insert("twitch", "t3"))
        _ = try await transaction.run(insert("discord", "d2"))
      }
    }
    #expect(try await twitch.all(PlatformIntegrations.select(\.id), as: { $0 }).count == 2)
    await twitch.close()
  }

  @Test func `the driver's dialect contains the account's names for its tables after it connects`()
    async throws
  {
    #expect(fixture.driver.dialect.relation(for: "platform_integrations").name == "platform_integrations")
    try await twitch.ping()
    #expect(
      fixture.driver.dialect.relation(for: "platform_integrations").name == "scoped_platform_integrations")
    await twitch.close()
  }

  @Test func `only an unrestricted connection is reported as a superuser`() async throws {
    #expect(try await fixture.driver.inspectAccount(using: twitch).isSuperuser == false)
    #expect(try await fixture.driver.inspectAccount(using: twitch).account == TestFile.twitch)
    let unrestricted = SQLiteDriver.unrestricted(path: file.path)
    #expect(try await unrestricted.inspectAccount(using: twitch).isSuperuser)
    await twitch.close()
  }
}
