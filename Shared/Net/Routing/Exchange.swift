import HTTP

/// A completed request and response, for logs and metrics.
package struct Exchange: Sendable {
  /// The client's method, which may be any token; `-` for a refusal of the server's own.
  package let method: Method
  /// The name under which the request is counted.
  package let route: RouteName
  /// The status of the response, or ``clientGone``.
  package let status: Int
  /// The time from the complete request to the complete response.
  package let durationNanoseconds: UInt64
  /// The service's own id of the request, as in events and the audit log.
  package let requestID: String
  /// The client's id of the request, which the response repeats; nil where it sent none.
  package let clientID: String?
  /// The length of the response body, without the head.
  package let responseBytes: Int
  /// The client's address, as ``Request/remoteAddress``; for a refusal of the server's own, the peer's.
  package let client: String?
  /// The part of the duration in which the request waited for its handler to begin.
  package let waitNanoseconds: UInt64
  /// The path as the client sent it, without the query; `-` for a refusal of the server's own.
  package let path: String
  /// The length of the request's body.
  package let requestBytes: Int
  /// The user of a request with a token; nil without one.
  package let principal: Int64?
  /// The id of the trace that the request belongs to.
  package let traceID: String?

  /// The status of a request whose client ended the connection before the response, which nothing has read. No response has
  /// it: the number is that of other servers' logs.
  package static let clientGone = 499

  /// Makes an exchange from its values.
  package init(
    method: Method, route: RouteName, status: Int, durationNanoseconds: UInt64, requestID: String,
    clientID: String? = nil, responseBytes: Int, client: String? = nil, waitNanoseconds: UInt64 = 0,
    path: String = "-", requestBytes: Int = 0, principal: Int64? = nil, traceID: String? = nil
  ) {
    self.method = method
    self.route = route
    self.status = status
    self.durationNanoseconds = durationNanoseconds
    self.requestID = requestID
    self.clientID = clientID
    self.responseBytes = responseBytes
    self.client = client
    self.waitNanoseconds = waitNanoseconds
    self.path = path
    self.requestBytes = requestBytes
    self.principal = principal
    self.traceID = traceID
  }
}

/// The name under which requests are counted: their route's template, so that arbitrary paths create no metrics.
package struct RouteName: Sendable, Hashable {
  /// The route's template, `Router.unmatchedTemplate` or `Router.refusedTemplate`.
  package let template: String
  /// The index of the template in its router. An observer can store its data per route in an array.
  package let number: Int

  /// Makes a name. The router assigns the numbers.
  package init(template: String, number: Int) {
    self.template = template
    self.number = number
  }
}
