import HTTP

/// One method of one path, who may call it, and what answers.
package struct Route: Sendable {
  /// The method it answers.
  package let method: Method
  /// The path, with placeholders: `/v1/users/{id}`.
  package let template: String
  /// What it tells about itself.
  package let description: RouteDescription
  let action: Action

  /// What answers.
  enum Action: Sendable {
    case immediate(ImmediateHandler)
    case suspending(Handler)
  }

  /// A route; `Router` has a shorter way for each method.
  package init(
    _ method: Method, _ template: String, _ description: RouteDescription, handler: @escaping Handler
  ) {
    self.init(method, template, description, .suspending(handler))
  }

  /// A route that is answered at once.
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

/// What a route tells about itself: the API document is made of it, and the router enforces the access.
package struct RouteDescription: Sendable {
  /// One line, as a heading.
  package var summary: String
  /// Who may call it.
  package var access: Access
  /// The parameters of the query string that the route reads.
  package var query: [QueryParameter]
  /// The shape of the JSON body; nil when the route reads none.
  package var requestBody: DataShape?
  /// What it answers when all is well.
  package var answer: Answer
  /// The problems of its own, beside those that follow from access, body and placeholders.
  package var problems: [Status]

  /// A description; what is left out is taken to be JSON of any shape.
  package init(
    summary: String, access: Access, query: [QueryParameter] = [], requestBody: DataShape? = nil,
    answer: Answer = Answer(), problems: [Status] = []
  ) {
    self.summary = summary
    self.access = access
    self.query = query
    self.requestBody = requestBody
    self.answer = answer
    self.problems = problems
  }
}

/// The answer of a route when all is well.
package struct Answer: Sendable {
  /// Its status.
  package var status: Status
  /// The media type of the body.
  package var contentType: String
  /// nil when there is no body.
  package var shape: DataShape?

  /// An answer; a status that forbids a body has no shape.
  package init(
    _ status: Status = .ok, contentType: String = "application/json", _ shape: DataShape? = .anything
  ) {
    self.status = status
    self.contentType = contentType
    self.shape = status.forbidsBody ? nil : shape
  }

  /// What a method answers when its route does not say: POST makes something, DELETE leaves nothing.
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
  /// Whether the route refuses requests without it.
  package var isRequired: Bool
  /// One line about it; may be empty.
  package var summary: String

  /// A parameter, optional and of text unless said otherwise.
  package init(_ name: String, _ shape: DataShape = .string, isRequired: Bool = false, summary: String = "") {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
    self.summary = summary
  }
}

/// The shape of a JSON value, for the API document.
package indirect enum DataShape: Sendable, Hashable {
  case anything
  case boolean
  case integer
  case number
  case string
  /// RFC 3339, in UTC.
  case timestamp
  case date
  case choice([String])
  case list(DataShape)
  /// The value, or null.
  case optional(DataShape)
  case object([Field])

  /// A member of an object.
  package struct Field: Sendable, Hashable {
    /// The member's name.
    package let name: String
    /// The shape of its value.
    package let shape: DataShape
    /// Whether it is always there.
    package let isRequired: Bool

    /// A member, always there unless said otherwise.
    package init(_ name: String, _ shape: DataShape, isRequired: Bool = true) {
      self.name = name
      self.shape = shape
      self.isRequired = isRequired
    }
  }
}
