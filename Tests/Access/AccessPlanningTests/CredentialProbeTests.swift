import AccessPlanning
import DataAccess
import EventLoop
import PostgresDriver
import Secrets
import TestSupport
import Testing

/// What a refused login says about the credential.
@Suite struct CredentialProbeTests {
  /// Refuses every connection with one error.
  private struct RefusingDriver: DatabaseDriver {
    let kind: DatabaseError.Kind
    var dialect: Dialect { .postgreSQL }
    var multiplexesReads: Bool { true }

    func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
      throw DatabaseError(kind, detail: "the server's reason")
    }

    func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection {
      throw DatabaseError(kind)
    }
  }

  private let fixture: LoopFixture
  private static let denial = PermissionDenial(account: "a", verb: .other, table: nil, column: nil)

  init() throws {
    fixture = try LoopFixture()
  }

  private func login(_ kind: DatabaseError.Kind) async throws(AccessError) -> CredentialState {
    try await CredentialProbe.login(through: RefusingDriver(kind: kind), on: fixture.loop)
  }

  @Test func `a wrong password is refused, and a denied database follows a right one`() async throws {
    #expect(try await login(.authenticationFailed) == .refused)
    #expect(try await login(.permissionDenied(Self.denial)) == .accepted)
  }

  @Test(arguments: [DatabaseError.Kind.tooManyConnections, .connectionRefused, .shuttingDown, .other])
  func `an error before the password check says nothing about the password`(
    _ kind: DatabaseError.Kind
  ) async {
    await #expect(throws: AccessError.self) { try await login(kind) }
  }

  @Test func `an account that gets no session is unusable, with the server's reason`() async throws {
    let folder = try TemporaryFolder()
    let store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: ["locked"])
    func states(isServing: Bool) async throws(AccessError) -> [String: CredentialState] {
      try await CredentialProbe(
        store: store, driver: { _, _ in RefusingDriver(kind: .connectionRefused) }, loop: fixture.loop,
        provesPassword: { _ in true }, isServing: { isServing }
      ).states(of: ["locked"], existing: ["locked"])
    }
    #expect(try await states(isServing: true) == ["locked": .unusable(reason: "the server's reason")])
    await #expect(throws: AccessError.self) { try await states(isServing: false) }
  }

  @Test func `an account that does not exist takes no login, and its credential is still looked for`()
    async throws
  {
    let folder = try TemporaryFolder()
    let store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: ["new"])
    // Each login would throw, as the server is down.
    let probe = CredentialProbe(
      store: store, driver: { _, _ in RefusingDriver(kind: .connectionRefused) }, loop: fixture.loop,
      provesPassword: { _ in true }, isServing: { false })
    #expect(
      try await probe.states(of: ["new", "without-file"], existing: [])
        == ["new": .refused, "without-file": .absent])
    await #expect(throws: AccessError.self) { try await probe.states(of: ["new"], existing: ["new"]) }
  }

  @Test func `an account at its connection limit does not stop the comparison of the others`() async throws {
    let folder = try TemporaryFolder()
    let store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: ["busy"])
    let probe = CredentialProbe(
      store: store, driver: { _, _ in RefusingDriver(kind: .tooManyConnections) }, loop: fixture.loop,
      provesPassword: { _ in true }, isServing: { false })
    // The stand-in sends that error after any password.
    #expect(try await probe.states(of: ["busy"], existing: ["busy"]) == ["busy": .unchecked])
  }

  @Test(arguments: [false, true])
  func `a server at its own limit accepts no password, and refuses none`(isServing: Bool) async throws {
    let folder = try TemporaryFolder()
    let store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: ["account"])
    let probe = CredentialProbe(
      store: store, driver: { _, _ in RefusingDriver(kind: .tooManyConnections) }, loop: fixture.loop,
      provesPassword: { _ in false }, isServing: { isServing })
    guard isServing else {
      await #expect(throws: AccessError.self) { try await probe.response(to: Secret("x"), of: "account") }
      return
    }
    #expect(
      try await probe.response(to: Secret("x"), of: "account") == .unusable(reason: "the server's reason"))
  }
}
