import Cache

/// What a cache server has beside the manifest, found in it before the proof.
package struct CacheSurvey: Sendable {
  /// The patterns of keys in the users' rules that the manifest does not declare, and that an account of ours holds or that
  /// cover a key of ours. Every account tries each.
  package var patterns: [Pattern] = []
  /// The number of further patterns, which no account tries.
  package var patternsLeftOut = 0
  /// The further servers, such as replicas, each with accounts of its own that no cell tries.
  package var serversLeftOut: [String] = []
  /// The users outside of the manifest, who try to log in without a password.
  package var users: [String] = []
  /// What others may do.
  package var untried: [UntriedRight] = []

  /// A pattern of keys in a user's rules.
  package struct Pattern: Sendable, Hashable {
    /// The pattern as the server reports it, without its permission: `svc:user:*`.
    package let word: CacheWord

    /// Creates a pattern.
    package init(_ word: CacheWord) {
      self.word = word
    }

    /// The pattern in ASCII.
    var text: String { word.description }

    /// Whether the pattern covers keys of any length, and so a key of the proof's own.
    var isOfMany: Bool { word.bytes.contains(UInt8(ascii: "*")) }

    /// A key that the pattern covers, with `filling` in the place of the first `*`. The rules are those of glob: `?`,
    /// `[abc]`, `[^a]`, `\x`.
    func key(filling: String) -> CacheWord {
      var key: [UInt8] = []
      var isFilled = false
      var rest = word.bytes[...]
      while let first = rest.popFirst() {
        switch first {
        case UInt8(ascii: "*"):
          if !isFilled { key += filling.utf8 }
          isFilled = true
        case UInt8(ascii: "?"): key.append(UInt8(ascii: "x"))
        case Self.backslash: rest.popFirst().map { key.append($0) }
        case UInt8(ascii: "["):
          let inside = rest.prefix { $0 != UInt8(ascii: "]") }
          rest = rest.dropFirst(inside.count + 1)
          key.append(Self.member(of: inside))
        default: key.append(first)
        }
      }
      return CacheWord(bytes: key)
    }

    private static let backslash = UInt8(ascii: "\\")

    private static func member(of inside: ArraySlice<UInt8>) -> UInt8 {
      guard inside.first == UInt8(ascii: "^") else {
        return inside.first { $0 != backslash } ?? UInt8(ascii: "x")
      }
      return "xyz0".utf8.first { !inside.contains($0) } ?? UInt8(ascii: "~")
    }
  }

  /// Creates a survey.
  package init() {}

  /// Reads a survey of a server, as its administrator.
  package typealias Reader = @Sendable () async throws -> CacheSurvey
}
