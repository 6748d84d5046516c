import DataAccess
import Secrets
import Transport

/// Opens a connection to one server for a search.
struct HostLogin: Sendable {
  let configuration: DatabaseConfiguration

  func connect(
    to server: ServerAddress, password: Secret, timeoutMilliseconds: Int
  ) throws(HostFailure) -> EstablishedConnection {
    let attempt = ConnectionAttempt(
      configuration: configuration, password: password, server: server.target,
      timeoutMilliseconds: timeoutMilliseconds)
    do throws(ConnectionFailure) {
      return try attempt.run()
    } catch {
      throw HostFailure(error, at: server, account: configuration.user)
    }
  }

  /// The servers of a host. libmariadb verifies a certificate against the text that it connects to, so a host whose
  /// certificate is verified keeps its name, and the library alone tries its addresses.
  func servers(of host: Endpoint) -> [ServerAddress] {
    switch configuration.tls {
    case .verifyFull: [ServerAddress(host: host)]
    case .disable, .require: ServerAddress.all(of: host)
    }
  }
}

extension HostFailure {
  fileprivate init(_ failure: ConnectionFailure, at server: ServerAddress, account: String) {
    let error = DatabaseError(failure, at: server, account: account)
    switch failure {
    case .readOnly(let reason): self.init(.readOnly(reason), error)
    case .refused: self.init(.silent, error)
    case .rejected: self.init(error.meansRefusedPassword ? .refusedPassword : .rejected, error)
    }
  }
}

extension DatabaseError {
  /// Whether the server checked the password and refused it. A host that is not admitted or an account that is locked
  /// may be admitted at any moment.
  fileprivate var meansRefusedPassword: Bool {
    kind == .authenticationFailed && ["1045", "1698"].contains(nativeCode)
  }

  /// Translates the reason why `account` could not connect. A starting server or a missing database counts as
  /// unreachable, because a later attempt may succeed.
  fileprivate init(_ failure: ConnectionFailure, at server: ServerAddress, account: String) {
    switch failure {
    case .readOnly(let reason):
      self.init(.readOnlyServer, operation: DatabaseError.connecting, detail: "\(server) \(reason)")
    case .refused(let message):
      self.init(.connectionRefused, operation: DatabaseError.connecting, detail: "\(server): \(message)")
    case .rejected(let fault):
      let error = DatabaseError(
        fault, during: Operation(.other, label: DatabaseError.connecting), account: account)
      let isNamed =
        [.authenticationFailed, .tooManyConnections].contains(error.kind) || error.isPermissionDenied
      self.init(
        isNamed ? error.kind : .connectionRefused, nativeCode: error.nativeCode,
        operation: DatabaseError.connecting,
        detail: "\(server): \(fault.explanation)")
    }
  }
}
