import CMariaDB
import DataAccess
import Secrets
import Transport

/// Ends the statement that a session executes, over a connection of its own. It blocks its thread.
///
/// The server ends the statement with error 1317. Where the statement has already ended, it does nothing: the server
/// forgets the request with the end of a statement.
struct Cancellation: Sendable {
  let configuration: DatabaseConfiguration
  let password: Secret
  let server: Endpoint
  /// The session's number in the server.
  let session: UInt

  private static let timeoutMilliseconds = 1_500

  /// Returns once the server has accepted the request, or sending it has failed.
  func send() {
    let attempt = ConnectionAttempt(
      configuration: configuration, password: password, server: server,
      timeoutMilliseconds: Self.timeoutMilliseconds)
    attempt.execute("KILL QUERY \(session)")
  }
}
