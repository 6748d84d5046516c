import DataAccess

extension DatabaseError {
  /// Translates the failure of a statement of `account` into the error that all engines share.
  init(_ fault: PipelineFault, during operation: Operation, account: String) {
    let place = operation.description
    switch fault {
    case .server(let fault):
      self.init(fault, during: operation, account: account)
    case .lost(let message):
      self.init(.connectionLost, nativeCode: SQLState.connectionFailure, operation: place, detail: message)
    case .unsent(let message):
      self.init(
        .connectionLost, nativeCode: SQLState.connectionFailure, operation: place, detail: message,
        isWithoutEffect: true)
    case .retired(let reason):
      self.init(.readOnlyServer, operation: place, detail: reason)
    case .unsendable(let reason):
      self.init(.invalidStatement, operation: place, detail: reason)
    case .unbindable(let parameter, let reason):
      self.init(.valueOutOfRange, operation: place, detail: "value \(parameter): \(reason)")
    }
  }

  private init(_ fault: ServerFault, during operation: Operation, account: String) {
    let detail = fault.detail.map { "\(fault.message): \($0)" } ?? fault.message
    self.init(
      Self.kind(of: fault, during: operation, account: account), nativeCode: fault.state,
      operation: operation.description, isRetryable: fault.meansStalePreparation ? true : nil, detail: detail)
  }

  private static func kind(of fault: ServerFault, during operation: Operation, account: String) -> Kind {
    switch SQLState.kind(of: fault.state) {
    case .uniqueViolation: .uniqueViolation(constraint: fault.constraint)
    case .readOnlyServer where fault.isOfReadingTransaction: .other
    // Whichever the state: a limit of time or memory that ends the session, or a failure within the server.
    case .other where fault.endsSession: .connectionLost
    case _ where fault.state == SQLState.insufficientPrivilege:
      .permissionDenied(denial(fault, during: operation, account: account))
    case let kind: kind
    }
  }

  private static func denial(
    _ fault: ServerFault, during operation: Operation, account: String
  ) -> PermissionDenial {
    let object = DeniedObject(message: fault.message)
    return PermissionDenial(
      account: account, verb: operation.verb, table: fault.table ?? object?.table ?? operation.table,
      column: fault.column ?? object?.column)
  }

  /// Translates the reason why `account` could not connect. A starting server or a missing database counts as
  /// unreachable, because a later attempt may succeed.
  init(_ failure: ConnectionFailure, at server: ServerAddress, account: String) {
    switch failure {
    case .readOnly:
      self.init(
        .readOnlyServer, operation: DatabaseError.connecting,
        detail: "\(server) \(ConnectionFailure.readOnlyReason)")
    case .refused(let message):
      self.init(.connectionRefused, operation: DatabaseError.connecting, detail: "\(server): \(message)")
    case .rejected(let state, let message):
      let kind = Self.connectionKind(of: state, account: account)
      self.init(
        Self.meansRefusedLogin(state, message) ? .authenticationFailed : kind, nativeCode: state,
        operation: DatabaseError.connecting,
        detail: "\(server): \(message)" + (kind == .statementTimeout ? Self.source(ofLimit: account) : ""))
    }
  }

  /// Where a limit may come from that ends the first statement of a session, and how it is removed.
  private static func source(ofLimit account: String) -> String {
    "; the limit is statement_timeout of the role, the database or the server: ALTER ROLE \"\(account)\" RESET "
      + "statement_timeout, ALTER DATABASE ... RESET statement_timeout or ALTER SYSTEM RESET statement_timeout removes it, "
      + "and `bulkhead access verify` names which"
  }

  /// PgBouncer before 1.21 reports a refused login, and each one an unknown user, as a violation of the protocol. Only
  /// its text, which is always in English, distinguishes these.
  private static func meansRefusedLogin(_ state: String, _ message: String) -> Bool {
    state == SQLState.protocolViolation
      && ["authentication failed", "no such user"].contains(where: message.contains)
  }

  private static func connectionKind(of state: String, account: String) -> Kind {
    switch SQLState.kind(of: state) {
    case .authenticationFailed: .authenticationFailed
    case .tooManyConnections: .tooManyConnections
    case .statementTimeout: .statementTimeout
    case _ where state == SQLState.insufficientPrivilege:
      .permissionDenied(PermissionDenial(account: account, verb: .other))
    default: .connectionRefused
    }
  }
}
