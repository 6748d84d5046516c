/// What a cache server has beside the manifest, found in it before the proof.
package struct CacheSurvey: Sendable {
  /// The patterns of keys in the users' rules that the manifest does not declare. Every account tries each.
  package var patterns: [Pattern] = []
  /// The users outside of the manifest, who try to log in without a password.
  package var users: [String] = []
  /// What others may do.
  package var untried: [UntriedRight] = []

  /// A pattern of keys in a user's rules.
  package struct Pattern: Sendable, Hashable {
    /// The pattern as the server reports it, without its permission: `svc:user:*`.
    package let text: String

    /// Creates a pattern.
    package init(_ text: String) {
      self.text = text
    }

    /// Whether the pattern covers keys of any length, and so a key of the proof's own.
    var isOfMany: Bool { text.contains("*") }

    /// A key that the pattern covers, with `filling` in the place of the first `*`. The rules are those of glob: `?`,
    /// `[abc]`, `[^a]`, `\x`.
    func key(filling: String) -> String {
      var key = ""
      var isFilled = false
      var rest = text[...]
      while let first = rest.popFirst() {
        switch first {
        case "*":
          if !isFilled { key += filling }
          isFilled = true
        case "?": key += "x"
        case "\\": rest.popFirst().map { key.append($0) }
        case "[":
          let inside = rest.prefix { $0 != "]" }
          rest = rest.dropFirst(inside.count + 1)
          key.append(Self.member(of: inside))
        default: key.append(first)
        }
      }
      return key
    }

    private static func member(of inside: Substring) -> Character {
      guard inside.first == "^" else { return inside.first { $0 != "\\" } ?? "x" }
      return "xyz0".first { !inside.contains($0) } ?? "~"
    }
  }

  /// Creates a survey.
  package init() {}

  /// Reads a survey of a server, as its administrator.
  package typealias Reader = @Sendable () async throws -> CacheSurvey
}
