/// How many requests of a kind a client has left, in the fields of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy`
/// states the rule and `RateLimit` the present state. The `X-RateLimit-` fields of others have no common meaning.
package struct RateLimit: Sendable, Hashable {
  /// The policy's name.
  package let name: String
  /// The requests within a window.
  package let quota: Int
  package let windowSeconds: Int
  /// The requests that are left; 0 where one is admitted in each pause.
  package let remaining: Int

  /// A state of a policy.
  package init(_ name: String, quota: Int, windowSeconds: Int, remaining: Int) {
    self.name = name
    self.quota = quota
    self.windowSeconds = windowSeconds
    self.remaining = remaining
  }

  /// Both fields.
  /// - Parameter seconds: When there will be another request, for a client that has none left.
  package func fields(after seconds: Int? = nil) -> [Problem.HeaderField] {
    let wait = seconds.map { ";t=\($0)" } ?? ""
    return [
      .init("RateLimit-Policy", "\"\(name)\";q=\(quota);w=\(windowSeconds)"),
      .init("RateLimit", "\"\(name)\";r=\(remaining)\(wait)"),
    ]
  }
}
