import HTTP

/// A request that has been answered, in the terms of those who count and log.
public struct Exchange: Sendable {
  /// As the client sent it: any token.
  public let method: Method
  /// What it was answered under.
  public let route: RouteName
  /// The status of the answer.
  public let status: Int
  /// From the request being there to the answer being there.
  public let durationNanoseconds: UInt64
  /// What the answer's `X-Request-Id` says.
  public let requestID: String
  /// The length of the body, without the head.
  public let responseBytes: Int

  /// Takes the values as they are.
  public init(
    method: Method, route: RouteName, status: Int, durationNanoseconds: UInt64, requestID: String,
    responseBytes: Int
  ) {
    self.method = method
    self.route = route
    self.status = status
    self.durationNanoseconds = durationNanoseconds
    self.requestID = requestID
    self.responseBytes = responseBytes
  }
}

/// What requests are counted under: the template of their route, so that made-up paths cannot make up metrics.
public struct RouteName: Sendable, Hashable {
  /// The route's template, or `Router.unmatchedTemplate`.
  public let template: String
  /// Counts the templates of one router from zero: an observer can keep what belongs to a route in an array.
  public let number: Int

  /// Names a template; the router gives the numbers.
  public init(template: String, number: Int) {
    self.template = template
    self.number = number
  }
}
