import HTTP

/// One method of one path, who may call it, and what answers.
public struct Route: Sendable {
  /// The method it answers.
  public let method: Method
  /// The path, with placeholders: `/v1/users/{id}`.
  public let template: String
  /// What it tells about itself.
  public let description: RouteDescription
  let action: Action

  /// What answers.
  enum Action: Sendable {
    case immediate(ImmediateHandler)
    case suspending(Handler)
  }

  /// A route; `Router` has a shorter way for each method.
  public init(
    _ method: Method, _ template: String, _ description: RouteDescription, handler: @escaping Handler
  ) {
    self.init(method, template, description, .suspending(handler))
  }

  /// A route that is answered at once.
  public init(
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
public struct RouteDescription: Sendable {
  /// One line, as a heading.
  public var summary: String
  /// Who may call it.
  public var access: Access
  /// The parameters of the query string that the route reads.
  public var query: [QueryParameter]
  /// The shape of the JSON body; nil when the route reads none.
  public var requestBody: DataShape?
  /// What it answers when all is well.
  public var answer: Answer
  /// The problems of its own, beside those that follow from access, body and placeholders.
  public var problems: [Status]

  /// A description; what is left out is taken to be JSON of any shape.
  public init(
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
public struct Answer: Sendable {
  /// Its status.
  public var status: Status
  /// The media type of the body.
  public var contentType: String
  /// nil when there is no body.
  public var shape: DataShape?

  /// An answer; a status that forbids a body has no shape.
  public init(
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
public struct QueryParameter: Sendable {
  /// The parameter's name.
  public var name: String
  /// The shape of its value.
  public var shape: DataShape
  /// Whether the route refuses requests without it.
  public var isRequired: Bool
  /// One line about it; may be empty.
  public var summary: String

  /// A parameter, optional and of text unless said otherwise.
  public init(_ name: String, _ shape: DataShape = .string, isRequired: Bool = false, summary: String = "") {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
    self.summary = summary
  }
}

/// The shape of a JSON value, for the API document.
public indirect enum DataShape: Sendable, Hashable {
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
  public struct Field: Sendable, Hashable {
    /// The member's name.
    public let name: String
    /// The shape of its value.
    public let shape: DataShape
    /// Whether it is always there.
    public let isRequired: Bool

    /// A member, always there unless said otherwise.
    public init(_ name: String, _ shape: DataShape, isRequired: Bool = true) {
      self.name = name
      self.shape = shape
      self.isRequired = isRequired
    }
  }
}
