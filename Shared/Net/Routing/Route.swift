import HTTP

/// One method of one path, with its description and its handler.
package struct Route: Sendable {
  /// The method of the requests.
  package let method: Method
  /// The path with placeholders: `/v1/users/{id}`.
  package let template: String
  /// The access and the API documentation of the route.
  package let description: RouteDescription
  let action: Action

  /// The route's handler.
  enum Action: Sendable {
    case immediate(ImmediateHandler)
    case suspending(Handler)
  }

  /// A route with an async handler. `Router` has a shorter form for each method.
  package init(
    _ method: Method, _ template: String, _ description: RouteDescription, handler: @escaping Handler
  ) {
    self.init(method, template, description, .suspending(handler))
  }

  /// A route with an immediate handler.
  package init(
    _ method: Method, _ template: String, _ description: RouteDescription,
    immediate handler: @escaping ImmediateHandler
  ) {
    self.init(method, template, description, .immediate(handler))
  }

  private init(_ method: Method, _ template: String, _ description: RouteDescription, _ action: Action) {
    self.method = method
    self.template = template
    self.description = description
    self.action = action
  }
}

/// The description of a route. The API document is generated from it, and the router enforces its access.
package struct RouteDescription: Sendable {
  /// A one-line heading.
  package var summary: String
  /// Which callers the route accepts.
  package var access: Access
  /// The route's query parameters.
  package var query: [QueryParameter]
  /// The shape of the JSON request body; nil when the route reads none.
  package var requestBody: DataShape?
  /// The response on success.
  package var answer: Answer
  /// The route's own problems, beside those that follow from access, body, placeholders and traits.
  package var problems: [Status]
  /// What the route does by a mechanism that several routes share.
  package var traits: RouteTraits

  /// A description. By default the response is JSON of any shape.
  package init(
    summary: String, access: Access, query: [QueryParameter] = [], requestBody: DataShape? = nil,
    answer: Answer = Answer(), problems: [Status] = [], traits: RouteTraits = []
  ) {
    self.traits = traits
    self.summary = summary
    self.access = access
    self.query = query
    self.requestBody = requestBody
    self.answer = answer
    self.problems = problems
  }
}

/// What a route does by a mechanism that several routes share. The API document says so.
package struct RouteTraits: OptionSet, Sendable, Hashable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// The route takes an `Idempotency-Key`.
  package static let idempotent = RouteTraits(rawValue: 1)
  /// The response has an entity tag, and the route obeys `If-Match` and `If-None-Match`.
  package static let conditional = RouteTraits(rawValue: 2)
  /// The sender signs the body: the handler verifies its bytes before anything else reads them.
  package static let signedBody = RouteTraits(rawValue: 4)
  /// The response says how many such requests are left.
  package static let rateLimited = RouteTraits(rawValue: 8)
  /// The route ignores the query, which a scraper or a platform may add. Any other route refuses unknown parameters.
  package static let anyQuery = RouteTraits(rawValue: 16)
  /// The handler uses ``RequestContext/callerRecord``: the check of the caller's session reads the record too.
  package static let callerRecord = RouteTraits(rawValue: 32)
  /// The handler checks the caller's session in its own transaction, with ``RequestContext/sessionProof``.
  package static let sessionProof = RouteTraits(rawValue: 64)
}

/// The description of a route's response on success.
package struct Answer: Sendable {
  /// The status of the response.
  package var status: Status
  /// The media type of the body.
  package var contentType: String
  /// The shape of the body; nil without a body.
  package var shape: DataShape?
  /// The status of the same response where the request has made the resource.
  package var creates: Status?

  /// A description of a response. A status that forbids a body drops the shape.
  package init(
    _ status: Status = .ok, contentType: String = "application/json", _ shape: DataShape? = .anything,
    orCreating creates: Status? = nil
  ) {
    self.status = status
    self.creates = creates
    self.contentType = contentType
    self.shape = status.forbidsBody ? nil : shape
  }

  /// The default for a method: 201 for POST, 204 for DELETE, 200 for all others.
  static func usual(for method: Method) -> Answer {
    switch method {
    case .post: Answer(.created)
    case .delete: Answer(.noContent)
    default: Answer()
    }
  }
}

/// A parameter of the query string.
package struct QueryParameter: Sendable {
  /// The parameter's name.
  package var name: String
  /// The shape of its value.
  package var shape: DataShape
  /// Whether the route refuses requests without the parameter.
  package var isRequired: Bool
  /// A one-line description, which may be empty.
  package var summary: String

  /// A parameter, by default an optional string.
  package init(_ name: String, _ shape: DataShape = .string, isRequired: Bool = false, summary: String = "") {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
    self.summary = summary
  }
}
