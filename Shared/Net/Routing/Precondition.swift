import HTTP

/// A request's conditions on the state of a resource (RFC 9110, sections 13.1.1, 13.1.2 and 13.2.2).
package struct Precondition: Sendable, Equatable {
  private let match: EntityTags?
  private let noneMatch: EntityTags?

  /// Reads `If-Match` and `If-None-Match`. A malformed tag matches no resource.
  package init(_ request: Request) {
    match = EntityTags(request.headers.values(of: "If-Match"))
    noneMatch = EntityTags(request.headers.values(of: "If-None-Match"))
  }

  /// No condition.
  package static let none = Precondition(match: nil, noneMatch: nil)

  private init(match: EntityTags?, noneMatch: EntityTags?) {
    self.match = match
    self.noneMatch = noneMatch
  }

  /// Whether the request has a condition, so that the state of the resource has to be read.
  package var isPresent: Bool { match != nil || noneMatch != nil }

  /// Whether `If-Match` is absent or matches a resource with this tag (`nil`: no resource).
  package func isMatched(by tag: String?) -> Bool {
    match?.contain(tag, weakly: false) ?? true
  }

  /// Whether `If-None-Match` names this tag: the client has the current version.
  package func isKnown(_ tag: String?) -> Bool {
    noneMatch?.contain(tag, weakly: true) ?? false
  }

  /// Whether a write is allowed.
  package func allows(_ tag: String?) -> Bool { isMatched(by: tag) && !isKnown(tag) }
}

/// The value of `If-Match` or `If-None-Match`: `*`, or a list of entity tags (RFC 9110, section 8.8.3).
enum EntityTags: Sendable, Equatable {
  case any
  case these([Tag])

  struct Tag: Sendable, Equatable {
    let isWeak: Bool
    /// With its quotes.
    let opaque: String
  }

  /// Reads all fields of one name as one list; `nil` without a field.
  init?(_ fields: [String]) {
    guard !fields.isEmpty else { return nil }
    let value = fields.joined(separator: ",")
    self = Self.trimmed(value[...]) == "*" ? .any : .these(Self.tags(in: value))
  }

  /// Whether the list contains a resource with this tag (`nil`: no resource). Our tags are strong: a client's weak tag
  /// matches only in a weak comparison.
  func contain(_ tag: String?, weakly: Bool) -> Bool {
    guard let tag else { return false }
    switch self {
    case .any: return true
    case .these(let tags): return tags.contains { $0.opaque == tag && (weakly || !$0.isWeak) }
    }
  }

  private static func tags(in list: String) -> [Tag] {
    var tags: [Tag] = []
    var rest = list[...]
    while !rest.isEmpty {
      let item = trimmed(rest)
      let isWeak = item.hasPrefix("W/")
      let quoted = isWeak ? item.dropFirst(2) : item
      // A tag may contain commas, so it ends at the next quote; anything else ends at the next comma.
      if quoted.first == "\"", let end = quoted.dropFirst().firstIndex(of: "\"") {
        let after = trimmed(quoted[quoted.index(after: end)...])
        if after.isEmpty || after.first == "," {
          tags.append(Tag(isWeak: isWeak, opaque: String(quoted[...end])))
        }
        rest = after.drop { $0 != "," }.dropFirst()
      } else {
        rest = item.drop { $0 != "," }.dropFirst()
      }
    }
    return tags
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop { $0 == " " || $0 == "\t" }
    let end = start.lastIndex { $0 != " " && $0 != "\t" }
    return end.map { start[...$0] } ?? ""
  }
}
