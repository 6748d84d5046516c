import HTTP
import Routing

/// What a write demands of the present state (RFC 9110, sections 13.1.1 and 13.1.2).
enum Precondition: Sendable, Equatable {
  case none
  /// `If-Match: *`: the resource must exist.
  case mustExist
  /// `If-None-Match: *`: the resource must not exist.
  case mustNotExist
  /// `If-Match: "3"`: its version must be one of these.
  case versions([Int])

  /// Reads the request's conditional headers; a tag that is not one of ours can match nothing, so it is kept as such.
  init(_ request: Request) throws(Problem) {
    if let header = request.headers["If-None-Match"] {
      guard header == "*" else { throw .badRequest("If-None-Match takes only *") }
      self = .mustNotExist
    } else if let header = request.headers["If-Match"] {
      self = header == "*" ? .mustExist : .versions(Self.versions(in: header))
    } else {
      self = .none
    }
  }

  /// Whether a write may go ahead on a resource of this version (`nil`: there is none).
  func allows(_ version: Int?) -> Bool {
    switch self {
    case .none: true
    case .mustExist: version != nil
    case .mustNotExist: version == nil
    case .versions(let versions): version.map(versions.contains) ?? false
    }
  }

  private static func versions(in header: String) -> [Int] {
    header.split(separator: ",").compactMap { item in
      let tag = item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      guard tag.count >= 3, tag.first == "\"", tag.last == "\"" else { return nil }
      return Int(String(tag.dropFirst().dropLast()))
    }
  }
}
