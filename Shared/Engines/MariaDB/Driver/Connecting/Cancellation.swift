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

  /// Returns once the server has accepted the request. Fails where it does not accept the connection, such as one above the
  /// account's MAX_USER_CONNECTIONS: the statement then runs to its own end, or to the account's limit of time.
  func send() throws(ConnectionFailure) {
    let attempt = ConnectionAttempt(
      configuration: configuration, password: password, server: server,
      timeoutMilliseconds: Self.timeoutMilliseconds)
    try attempt.execute("KILL QUERY \(session)")
  }
}
