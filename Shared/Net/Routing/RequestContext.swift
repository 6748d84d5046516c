/// What is known about a request beside the request itself.
package struct RequestContext: Sendable {
  /// Names this request in the answer, the logs and the events it causes.
  package let requestID: String
  /// The values of the template's placeholders.
  package let parameters: Parameters
  /// The route's template, as `/v1/users/{id}`: the name to count it under.
  package let template: String
  /// Who may call this route; an authenticating middleware asks it whether a token is needed.
  package let access: Access
  /// Who makes the request; nil until a middleware has verified a token.
  package var principal: Principal?

  /// A context, for the router and for tests.
  package init(
    requestID: String, parameters: Parameters = Parameters(), template: String = "",
    access: Access = .anyone, principal: Principal? = nil
  ) {
    self.requestID = requestID
    self.parameters = parameters
    self.template = template
    self.access = access
    self.principal = principal
  }

  /// The principal.
  ///
  /// - Throws: 401 when nobody is signed in.
  @discardableResult
  package func requirePrincipal() throws(Problem) -> Principal {
    guard let principal else { throw .unauthorized() }
    return principal
  }

  /// The principal, who is an operator.
  ///
  /// - Throws: 401 when nobody is signed in, 403 for anyone else.
  @discardableResult
  package func requireOperator() throws(Problem) -> Principal {
    let principal = try requirePrincipal()
    guard principal.isOperator else { throw .forbidden("This is for operators.") }
    return principal
  }

  /// Lets in whom the route is for.
  func enforceAccess() throws(Problem) {
    switch access {
    case .anyone: break
    case .signedIn: try requirePrincipal()
    case .operators: try requireOperator()
    }
  }
}

/// The values that a path gave to a template's placeholders, percent-decoded.
package struct Parameters: Sendable, Hashable {
  private let names: [String]
  private let values: [String]

  /// Pairs names with values, in order.
  package init(names: [String] = [], values: [String] = []) {
    self.names = names
    self.values = values
  }

  /// The value of a placeholder; nil when the template has none of that name.
  package subscript(_ name: String) -> String? {
    guard let index = names.firstIndex(of: name), index < values.count else { return nil }
    return values[index]
  }

  /// The value as a whole number that is not negative, as ids are.
  ///
  /// - Throws: 404 when it is none: a path with such an id names nothing. `+1` and `01` are none either, so
  ///   that each resource has one path.
  package func integer(_ name: String) throws(Problem) -> Int64 {
    guard let text = self[name], let value = Int64(text), value >= 0, String(value) == text else {
      throw .notFound()
    }
    return value
  }
}
