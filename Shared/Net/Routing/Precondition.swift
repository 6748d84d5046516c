import Encoding
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
    let opaque: ArraySlice<UInt8>
  }

  /// Reads all fields of one name as one list; `nil` without a field.
  init?(_ fields: [String]) {
    guard !fields.isEmpty else { return nil }
    var list = TagList(fields)
    let tags = list.tags()
    self = list.isAsterisk ? .any : .these(tags)
  }

  /// Whether the list contains a resource with this tag (`nil`: no resource). Our tags are strong: a client's weak tag
  /// matches only in a weak comparison.
  func contain(_ tag: String?, weakly: Bool) -> Bool {
    guard let tag else { return false }
    switch self {
    case .any: return true
    case .these(let tags):
      return tags.contains { $0.opaque.elementsEqual(tag.utf8) && (weakly || !$0.isWeak) }
    }
  }
}

/// Reads a list of entity tags byte by byte, each byte at most twice.
private struct TagList {
  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")

  private let bytes: [UInt8]
  private var index = 0

  init(_ fields: [String]) { bytes = Array(fields.joined(separator: ",").utf8) }

  /// Whether the list is an asterisk alone.
  var isAsterisk: Bool { bytes.filter { !$0.isBlank } == [UInt8(ascii: "*")] }

  /// The well-formed tags.
  mutating func tags() -> [EntityTags.Tag] {
    var tags: [EntityTags.Tag] = []
    while index < bytes.count {
      skipBlanks()
      if let tag = tag() { tags.append(tag) }
      while index < bytes.count, bytes[index] != Self.comma { index += 1 }
      index += 1
    }
    return tags
  }

  /// A tag may contain commas, so it ends at the next quote. Nil for anything else, which ends at the next comma.
  private mutating func tag() -> EntityTags.Tag? {
    let isWeak = bytes[index...].starts(with: "W/".utf8)
    let start = isWeak ? index + 2 : index
    guard start < bytes.count, bytes[start] == Self.quote,
      let end = bytes[(start + 1)...].firstIndex(of: Self.quote)
    else { return nil }
    index = end + 1
    skipBlanks()
    guard index >= bytes.count || bytes[index] == Self.comma else { return nil }
    return EntityTags.Tag(isWeak: isWeak, opaque: bytes[start...end])
  }

  private mutating func skipBlanks() {
    while index < bytes.count, bytes[index].isBlank { index += 1 }
  }
}
