import JSON
import Routing
import Schema

/// Who made a change, and in which request: a part of the payload of its event.
///
/// The request's id is that of the access log, which also has the client's address and the database account.
package struct EventAuthor: Sendable {
  private let userID: Int64?
  private let role: Role?
  private let requestID: String

  /// The user of the request; a request without a token has none.
  package init(_ context: RequestContext) {
    userID = context.principal?.userID
    role = context.principal?.role
    requestID = context.requestID
  }

  /// `actor` and `actor_role` of a user, and `request`.
  var payload: [String: JSONValue] {
    var payload: [String: JSONValue] = ["request": .string(requestID)]
    if let userID { payload["actor"] = .integer(userID) }
    if let role { payload["actor_role"] = .string(role.rawValue) }
    return payload
  }
}
