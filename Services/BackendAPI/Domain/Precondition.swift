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
