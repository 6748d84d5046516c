import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import Testing

@testable import backend_api

/// A caller who has proven the present password, and loses what the proof is of before the change.
@Suite struct CallerProofTests {
  /// What ends between the check of the password and the change.
  enum Loss: CaseIterable, Sendable {
    case password, passwordAlone, session, role, state, account

    var status: Status {
      switch self {
      case .password, .session, .state, .account: .unauthorized
      case .passwordAlone, .role: .forbidden
      }
    }

    func happen(to caller: Principal, _ backend: BackendUnderTest) async throws {
      let (id, database, author) = (caller.userID, backend.database, BackendUnderTest.author)
      switch self {
      case .password:
        _ = try await backend.userStore.update(
          id: id, UserChanges(passwordHash: "another"), by: author, at: .now())
      case .passwordAlone: try await database.run(Users.update(\.password <- "another").where(\.id == id))
      case .session:
        try await backend.sessionStore.revoke(id: caller.sessionID, userID: id, by: author, at: .now())
      case .role: try await database.run(Users.update(\.role <- Role.member.rawValue).where(\.id == id))
      case .state: try await database.run(Users.update(\.active <- false).where(\.id == id))
      case .account: _ = try await backend.userStore.delete(id: id, by: author, at: .now())
      }
    }
  }

  private static func proof(_ context: RequestContext, _ backend: BackendUnderTest) async throws
    -> CallerProof
  {
    try await backend.users.presence.check(
      BackendUnderTest.password, of: context.requirePrincipal(), in: Request(.patch, "/"))
  }

  /// The statuses of a change, of another state and of the removal of a user; nil for those that are made.
  private static func refusals(
    of id: Int64, _ proof: CallerProof, _ backend: BackendUnderTest
  ) async throws -> [Status?] {
    let (users, author) = (backend.userStore, BackendUnderTest.author)
    var found: [Status?] = []
    for changes in [UserChanges(email: "eve@example.org"), UserChanges(active: true)] {
      let change = try await users.update(id: id, changes, provenBy: proof, by: author, at: .now())
      found.append(status(change))
    }
    found.append(status(try await users.delete(id: id, provenBy: proof, by: author, at: .now())))
    return found
  }

  private static func status<Item>(_ change: Result<Change<Item>, Problem>) -> Status? {
    if case .failure(let problem) = change { return problem.status }
    return nil
  }

  @Test(arguments: TestEngine.drivers, Loss.allCases)
  func `an operator who loses password, session, role or state after the check changes no other user`(
    engine: TestEngine, loss: Loss
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      // An id below the operator's, and one above it.
      let ada = try await backend.signUp()
      let boss = try await backend.signUp("boss@example.org")
      let bob = try await backend.signUp("bob@example.org")
      let context = try await backend.caller(boss, role: .operator)
      let proof = try await Self.proof(context, backend)
      try await loss.happen(to: context.requirePrincipal(), backend)
      for (id, email) in [(ada, "ada@example.org"), (bob, "bob@example.org")] {
        #expect(
          try await Self.refusals(of: id, proof, backend) == Array(repeating: loss.status, count: 3))
        #expect(try await backend.userStore.user(id: id)?.email == email)
      }
    }
  }

  @Test(arguments: TestEngine.drivers, [Loss.password, .passwordAlone, .session, .state])
  func `a member who loses password, session or state after the check keeps the account as it is`(
    engine: TestEngine, loss: Loss
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let context = try await backend.caller(ada)
      let proof = try await Self.proof(context, backend)
      try await loss.happen(to: context.requirePrincipal(), backend)
      #expect(try await Self.refusals(of: ada, proof, backend) == Array(repeating: loss.status, count: 3))
      #expect(try await backend.userStore.user(id: ada)?.email == "ada@example.org")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a proof that holds changes and removes an account, and opens no state and no other user`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let bob = try await backend.signUp("bob@example.org")
      let mine = try await Self.proof(backend.caller(ada), backend)
      let other = try await Self.proof(backend.caller(bob), backend)
      let mixed = CallerProof(
        userID: ada, sessionID: other.sessionID, passwordHash: mine.passwordHash)
      #expect(
        try await Self.refusals(of: ada, mixed, backend) == [.unauthorized, .unauthorized, .unauthorized])
      #expect(try await Self.refusals(of: bob, mine, backend) == [.forbidden, .forbidden, .forbidden])
      let change = UserChanges(role: Role.operator.rawValue)
      let refused = try await backend.userStore.update(
        id: ada, change, provenBy: mine, by: BackendUnderTest.author, at: .now())
      #expect(Self.status(refused) == .forbidden)
      let removed = try await backend.userStore.delete(
        id: ada, provenBy: mine, by: BackendUnderTest.author, at: .now())
      #expect(Self.status(removed) == nil)
      #expect(try await backend.userStore.user(id: ada) == nil)
    }
  }

  @Test(arguments: TestEngine.drivers, [Loss.password, .session])
  func `a caller whose password or session has ended gets no token stored`(
    engine: TestEngine, loss: Loss
  ) async throws {
    try await BackendUnderTest.with(engine, mailer: KeptMail()) { backend in
      let mail = try #require(backend.users.mail)
      let ada = try await backend.signUp()
      for isLost in [true, false] {
        let context = try await backend.caller(ada)
        let proof = try await Self.proof(context, backend)
        if isLost {
          try await loss.happen(to: context.requirePrincipal(), backend)
        }
        let token = mail.confirmation(of: "eve@example.org", for: ada)
        let change = try await backend.userStore.update(
          id: ada, UserChanges(), provenBy: proof, by: BackendUnderTest.author, at: .now()
        ) { transaction throws(DatabaseError) in
          try await mail.tokens.store(token, by: BackendUnderTest.author, in: transaction)
        }
        #expect(Self.status(change) == (isLost ? .unauthorized : nil))
        #expect(try await backend.database.count(UserTokens.count()) == (isLost ? 0 : 1))
        if loss == .password { break }
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `no token for another password is stored for an address that the user has no more`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine, mailer: KeptMail()) { backend in
      let mail = try #require(backend.mailed.mail)
      let ada = try await backend.signUp()
      let token = MailedToken(
        .resetPassword, .password, to: "ada@example.org", of: ada, at: .now(), seconds: 60)
      #expect(try await mail.tokens.storeForOwnerOfAddress(token, by: BackendUnderTest.author))
      _ = try await backend.userStore.update(
        id: ada, UserChanges(email: "ada@example.com"), by: BackendUnderTest.author, at: .now())
      #expect(try await !mail.tokens.storeForOwnerOfAddress(token, by: BackendUnderTest.author))
      #expect(try await backend.database.count(UserTokens.count()) == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `one request changes the password and gets the token for another address`(
    engine: TestEngine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let body =
        #"{"email":"ada@example.com","password":"a second password","current_password":"correct horse battery"}"#
      let response = try await backend.users.update(
        BackendUnderTest.body(.patch, body), backend.caller(ada, ["id": "\(ada)"]))
      #expect(response.status == .accepted)
      #expect(try await backend.signIn(password: "a second password") == .created)
      let token = try outbox.token(.confirmEmail)
      let confirmed = try await backend.mailed.confirm(
        BackendUnderTest.post(["token": .string(token)]), BackendUnderTest.context())
      #expect(confirmed.status == .noContent)
      #expect(try await backend.userStore.user(id: ada)?.email == "ada@example.com")
    }
  }
}
