import Encoding
import HTTP
import Routing

/// The order of the list of users. An address has one user, so its order has one place for each of them.
enum UserOrder: String, CaseIterable, Sendable {
  case id
  case email
  /// The latest sign-up first.
  case newest

  /// The query parameter, for the API document.
  static let parameter = QueryParameter(
    "order", .choice(allCases.map(\.rawValue)),
    summary: "the order of the users, \(UserOrder.id.rawValue) by default")

  /// Reads `order`.
  init(_ request: Request) throws(Problem) {
    guard let text = try request.queryItems().first(where: { $0.name.isSame(as: "order") })?.value else {
      self = .id
      return
    }
    guard let order = UserOrder(bytesOf: text) else {
      throw .invalidParameter(
        "order", "must be one of: \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = order
  }
}
