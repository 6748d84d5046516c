import Encoding
import HTTP
import Routing

/// Which events a list has, and in which order; nil leaves a field open.
struct EventFilter: Sendable {
  /// The order of the list.
  enum Order: String, CaseIterable, Sendable {
    case id
    /// The latest event first.
    case newest
  }

  /// The most bytes of a value: those of the columns, and of the longest name that a subject stands for.
  private static let maximumBytes = ["type": 64, "source": 32, "subject": 255]

  var type: String?
  var source: String?
  var subject: String?
  var order = Order.id

  /// The query parameters, for the API document.
  static let parameters = [
    QueryParameter("type", .text(1...64, example: "user.created")),
    QueryParameter("source", .text(1...32), summary: "the service that recorded it"),
    QueryParameter(
      "subject", .text(1...255), summary: "what it is about: most often a user's id, or the whole name"),
    QueryParameter(
      "order", .choice(Order.allCases.map(\.rawValue)),
      summary: "the order of the events, \(Order.id.rawValue) by default"),
  ]

  /// Every event, in the order of the ids.
  init() {}

  /// Reads the parameters; the error names all that are not valid.
  init(_ request: Request) throws(Problem) {
    var errors: [FieldError] = []
    for (name, value) in try request.queryItems() {
      if let limit = Self.maximumBytes[name] {
        if !(1...limit).contains(value.utf8.count) || value.utf8.contains(0) {
          errors.append(FieldError(name, "must have 1 to \(limit) bytes"))
        }
      }
      switch name {
      case "type": type = value
      case "source": source = value
      case "subject": subject = value
      case "order":
        guard let known = Order(bytesOf: value) else {
          let names = Order.allCases.map(\.rawValue).joined(separator: ", ")
          errors.append(FieldError(name, "must be one of: \(names)"))
          continue
        }
        order = known
      case _: break
      }
    }
    guard errors.isEmpty else { throw .invalidParameters(errors) }
  }

  /// The parameters for the link to the next page.
  var items: [(name: String, value: String)] {
    let texts = [("type", type), ("source", source), ("subject", subject)]
    let items = texts.compactMap { name, value in value.map { (name: name, value: $0) } }
    return order == .id ? items : items + [("order", order.rawValue)]
  }
}
