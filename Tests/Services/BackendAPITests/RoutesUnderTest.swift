import DataAccess
import HTTP
import Identity
import Routing
import Schema
import Synchronization
import Testing

@testable import backend_api

extension BackendUnderTest {
  /// The routes behind the authentication, as in the program.
  func router() -> RouterResponder {
    var router = Router(middleware: [
      AuthenticationMiddleware(
        verifiers: verifier, now: { Timestamp.now().secondsSinceEpoch }, revocation: sessionStore)
    ])
    users.add(to: &router)
    sessions.add(to: &router)
    settings.add(to: &router)
    return router.build()
  }

  /// A token of a new session.
  func token(_ email: String = "ada@example.org") async throws -> String {
    try #require(try Self.json(await signInResponse(email))["token"]?.string)
  }
}

/// The names of the statements that a database executes.
final class StatementNames: StatementObserver {
  private let seen = Mutex<[String]>([])

  func completed(_ record: borrowing StatementRecord) {
    // A request for a connection has no statement.
    guard record.statement != nil else { return }
    let name = (record.isBorrowed ? "in transaction: " : "") + record.operation.description
    seen.withLock { $0.append(name) }
  }

  /// The names since the last call.
  func take() -> [String] {
    seen.withLock { seen in
      defer { seen = [] }
      return seen
    }
  }
}
