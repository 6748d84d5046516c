import Encoding
import HTTP
import Routing
import Schema

/// Which users a list has; nil leaves a field open.
struct UserFilter: Sendable {
  var email: String?
  var active: Bool?
  var role: Role?

  /// The query parameters, for the API document.
  static let parameters = [
    QueryParameter("email", .text(1...UserRules.maximumEmailBytes), summary: "the user with this address"),
    QueryParameter("active", .choice(["true", "false"])),
    QueryParameter("role", .choice(UserRules.roles)),
  ]

  /// Every user.
  init() {}

  /// Reads the parameters; the error names all that are not valid.
  init(_ request: Request) throws(Problem) {
    var errors: [FieldError] = []
    for (name, value) in try request.queryItems() {
      switch name {
      case "email":
        let isLong = value.utf8.count > UserRules.maximumEmailBytes
        if value.isEmpty || isLong || value.utf8.contains(0) {
          errors.append(
            FieldError(name, "must be an address of at most \(UserRules.maximumEmailBytes) bytes"))
        }
        // An address that no user can have has no user.
        email = isLong ? nil : value.lowercased()
      case "active":
        active = value.isSame(as: "true") ? true : value.isSame(as: "false") ? false : nil
        if active == nil { errors.append(FieldError(name, "must be one of: true, false")) }
      case "role":
        role = Role(bytesOf: value)
        if role == nil {
          errors.append(FieldError(name, "must be one of: \(UserRules.roles.joined(separator: ", "))"))
        }
      case _: break
      }
    }
    guard errors.isEmpty else { throw .invalidParameters(errors) }
  }

  /// The parameters for the link to the next page.
  var items: [(name: String, value: String)] {
    var items: [(name: String, value: String)] = []
    if let email { items.append(("email", email)) }
    if let active { items.append(("active", active ? "true" : "false")) }
    if let role { items.append(("role", role.rawValue)) }
    return items
  }
}
