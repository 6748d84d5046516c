import HTTP

/// What a request demands of the present state of a resource (RFC 9110, sections 13.1.1, 13.1.2 and 13.2.2).
struct Precondition: Sendable, Equatable {
  private let match: EntityTags?
  private let noneMatch: EntityTags?

  /// Reads `If-Match` and `If-None-Match`. A tag that cannot be read is one that no resource of ours has.
  init(_ request: Request) {
    match = EntityTags(request.headers.values(of: "If-Match"))
    noneMatch = EntityTags(request.headers.values(of: "If-None-Match"))
  }

  /// Whether `If-Match` holds for a resource with this tag (`nil`: there is none), or was not asked for.
  func isMatched(by tag: String?) -> Bool {
    match?.contain(tag, weakly: false) ?? true
  }

  /// Whether `If-None-Match` names this very tag: the client knows the resource as it is.
  func isKnown(_ tag: String?) -> Bool {
    noneMatch?.contain(tag, weakly: true) ?? false
  }

  /// Whether a write may go ahead.
  func allows(_ tag: String?) -> Bool { isMatched(by: tag) && !isKnown(tag) }
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

  /// Reads all fields of one name as one list; `nil` where there is no such field.
  init?(_ fields: [String]) {
    guard !fields.isEmpty else { return nil }
    let value = fields.joined(separator: ",")
    self = Self.trimmed(value[...]) == "*" ? .any : .these(Self.tags(in: value))
  }

  /// Whether a resource with this tag (`nil`: there is none) is meant. Tags of ours are strong; a weak one given by
  /// the client equals a strong one only where weak comparison is good enough.
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
      // A tag may hold commas, so its end is the next quote; what is no tag ends with the next comma.
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
