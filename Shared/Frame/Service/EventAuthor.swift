import HTTP
import JSON
import Routing
import Schema

/// Who made a change, and in which request.
///
/// The event of the change has the user and the service's own id of the request, which the access log has too. The row in
/// the audit log also has the client's address: those who follow the events need not learn it.
package struct EventAuthor: Sendable {
  private(set) var userID: Int64?
  private(set) var role: Role?
  let requestID: String?
  let address: String?

  private init(userID: Int64?, role: Role?, requestID: String?, address: String?) {
    (self.userID, self.role, self.requestID, self.address) = (userID, role, requestID, address)
  }

  /// The user of the request; a request without a token has none.
  package init(_ context: RequestContext, _ request: borrowing Request) {
    self.init(context, address: request.remoteAddress)
  }

  /// The user of a request from this address.
  package init(_ context: RequestContext, address: String?) {
    self.init(
      userID: context.principal?.userID, role: context.principal?.role, requestID: context.requestID,
      address: address)
  }

  /// The service itself, for work that no request has asked for.
  package static let service = EventAuthor(userID: nil, role: nil, requestID: nil, address: nil)

  /// The same request, by a user who has proven to be this one without a token.
  package func acting(as userID: Int64) -> EventAuthor {
    var author = self
    author.userID = userID
    return author
  }

  /// `actor` and `actor_role` of a user, and `request`.
  var payload: [String: JSONValue] {
    var payload: [String: JSONValue] = [:]
    if let requestID { payload["request"] = .string(requestID) }
    if let userID { payload["actor"] = .integer(userID) }
    if let role { payload["actor_role"] = .string(role.rawValue) }
    return payload
  }
}
