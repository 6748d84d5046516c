import DataAccess
import Logging
import Secrets

/// Opens a connection to one server for a search.
struct HostLogin: Sendable {
  let configuration: DatabaseConfiguration
  let applicationName: String
  /// For the servers' notices.
  let logger: Logger

  func connect(
    to server: ServerAddress, password: Secret, timeoutMilliseconds: Int
  ) throws(HostFailure) -> EstablishedConnection {
    let parameters = ConnectionParameters(
      configuration: configuration, password: password, applicationName: applicationName)
    let attempt = ConnectionAttempt(
      parameters: parameters.pairs(for: server), isGuarded: parameters.protection == .guarded,
      firstStatement: SessionSettings.firstStatement(for: configuration),
      repeatsFirstStatement: configuration.repairsServer, server: server,
      timeoutMilliseconds: timeoutMilliseconds,
      notices: NoticeLog(of: server, logger: logger))
    do throws(ConnectionFailure) {
      return try attempt.run()
    } catch {
      throw HostFailure(error, at: server, account: configuration.user)
    }
  }
}

extension HostFailure {
  /// An account that may not log in (28000: NOLOGIN, no line in pg_hba.conf) may be admitted at any moment, and another
  /// server may admit it now. So that is no refused password.
  fileprivate init(_ failure: ConnectionFailure, at server: ServerAddress, account: String) {
    let error = DatabaseError(failure, at: server, account: account)
    let isRefused =
      error.kind == .authenticationFailed && error.nativeCode != SQLState.invalidAuthorization
    switch failure {
    case .refused: self.init(isRefused ? .refusedPassword : .silent, error)
    case .readOnly: self.init(.readOnly(ConnectionFailure.readOnlyReason), error)
    case .rejected: self.init(isRefused ? .refusedPassword : .rejected, error)
    }
  }
}
