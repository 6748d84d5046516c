import HTTP

/// A request that has been answered, in the terms of those who count and log.
package struct Exchange: Sendable {
  /// As the client sent it: any token.
  package let method: Method
  /// What it was answered under.
  package let route: RouteName
  /// The status of the answer.
  package let status: Int
  /// From the request being there to the answer being there.
  package let durationNanoseconds: UInt64
  /// What the answer's `X-Request-Id` says.
  package let requestID: String
  /// The length of the body, without the head.
  package let responseBytes: Int

  /// Takes the values as they are.
  package init(
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
package struct RouteName: Sendable, Hashable {
  /// The route's template, or `Router.unmatchedTemplate`.
  package let template: String
  /// Counts the templates of one router from zero: an observer can keep what belongs to a route in an array.
  package let number: Int

  /// Names a template; the router gives the numbers.
  package init(template: String, number: Int) {
    self.template = template
    self.number = number
  }
}
