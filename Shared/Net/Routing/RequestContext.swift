import Synchronization

/// The router's information about a request.
package struct RequestContext: Sendable {
  /// The service's own id of the request, in the logs and the resulting events. It is never the client's: whose request
  /// changed something must not depend on what another client sends.
  package let requestID: String
  /// The values of the template's placeholders.
  package private(set) var parameters: Parameters
  /// The route's template, for example `/v1/users/{id}`.
  package let template: String
  /// Which callers the route accepts. An authenticating middleware requires a token accordingly.
  package let access: Access
  /// What the route does by a mechanism that several routes share.
  package let traits: RouteTraits
  /// The user of the request; nil until a middleware has verified a token. The observers of the response learn it at once,
  /// or where the handler checks the session, from ``noteProvenPrincipal()``.
  package var principal: Principal? {
    didSet { if sessionProof == nil { noteProvenPrincipal() } }
  }
  /// What the check of the caller's session read with it, for a route with the trait ``RouteTraits/callerRecord``. It has
  /// the type that the service's check reads, and is never there before the session has proven good.
  package var callerRecord: (any Sendable)?
  /// The check of the caller's session that the handler has to make, on a route with the trait
  /// ``RouteTraits/sessionProof``. The principal's token has verified.
  package var sessionProof: SessionProof?
  private let notes: RequestNotes?

  /// Makes a context, for the router and for tests.
  package init(
    requestID: String, parameters: Parameters = Parameters(), template: String = "",
    access: Access = .anyone, principal: Principal? = nil, traits: RouteTraits = [],
    notes: RequestNotes? = nil
  ) {
    self.traits = traits
    self.requestID = requestID
    self.parameters = parameters
    self.template = template
    self.access = access
    self.principal = principal
    self.notes = notes
  }

  /// The context of the same request, as if its path had these values.
  package func replacing(parameters: Parameters) -> RequestContext {
    var context = self
    context.parameters = parameters
    return context
  }

  /// Tells the observers of the response who the caller is, whose session goes on.
  package func noteProvenPrincipal() {
    if let principal { notes?.note(principal) }
  }

  /// The principal.
  ///
  /// - Throws: 401 when the request has no principal.
  @discardableResult
  package func requirePrincipal() throws(Problem) -> Principal {
    guard let principal else { throw .unauthorized() }
    return principal
  }

  /// The principal, if it is an operator.
  ///
  /// - Throws: 401 when the request has no principal, 403 when the principal is not an operator.
  @discardableResult
  package func requireOperator() throws(Problem) -> Principal {
    let principal = try requirePrincipal()
    guard principal.isOperator else { throw .forbidden("Only operators may do this.") }
    return principal
  }

  /// Throws unless the route accepts the principal.
  func enforceAccess() throws(Problem) {
    switch access {
    case .anyone: break
    case .signedIn: try requirePrincipal()
    case .operators: try requireOperator()
    }
  }
}

/// What a middleware finds out about a request, for the observers of its response. The context is a value, and each
/// wrapper has a copy of its own.
package final class RequestNotes: Sendable {
  private let userID = Atomic<Int64>(0)
  private let wait = Atomic<UInt64>(0)

  /// Nothing is known yet.
  package init() {}

  /// The id of the caller, whose session goes on; nil where there is none. Ids of users are positive.
  package var principal: Int64? {
    let id = userID.load(ordering: .relaxed)
    return id == 0 ? nil : id
  }

  /// How long the complete request waited for its handler.
  var waitNanoseconds: UInt64 { wait.load(ordering: .relaxed) }

  func noteWait(_ nanoseconds: UInt64) { wait.store(nanoseconds, ordering: .relaxed) }

  func note(_ principal: Principal) { userID.store(principal.userID, ordering: .relaxed) }
}

/// The percent-decoded values of a template's placeholders.
package struct Parameters: Sendable, Hashable {
  private let names: [String]
  private let values: [String]

  /// Pairs names with values, in order.
  package init(names: [String] = [], values: [String] = []) {
    self.names = names
    self.values = values
  }

  /// The value of a placeholder; nil when the template has no placeholder with this name.
  package subscript(_ name: String) -> String? {
    guard let index = names.firstIndex(of: name), index < values.count else { return nil }
    return values[index]
  }

  /// The value as a non-negative integer, for ids.
  ///
  /// - Throws: 404 for any other value, because no resource has such an id. This includes `+1` and `01`, so that each
  ///   resource has one path.
  package func integer(_ name: String) throws(Problem) -> Int64 {
    guard let text = self[name], let value = Int64(text), value >= 0, String(value) == text else {
      throw .notFound()
    }
    return value
  }
}
