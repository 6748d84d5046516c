import Cache

/// A cache user as the server reports it, or as the manifest declares it.
package struct RedisUser: Sendable, Hashable {
  package var isOn = false
  /// The server accepts any password for it, or none.
  package var needsNoPassword = false
  /// The server takes the user's serialized values (`RESTORE`) as they are, and broken ones can crash it.
  package var skipsPayloadChecks = false
  /// SHA-256 digests in hexadecimal; the server stores no password.
  package var passwordDigests: Set<String> = []
  /// Key patterns with their permission: `~a:*`, `%R~a:*`.
  package var keyPatterns: Set<CacheWord> = []
  /// Channel patterns: `&*`.
  package var channelPatterns: Set<CacheWord> = []
  /// The command rules in order: `-@all`, `+@read`, `-scan`, `+client|id`. They are ASCII, with escapes.
  package var commandRules: [String] = []
  /// Selectors: further sets of rules. The manifest declares none.
  package var selectors: [CacheWord] = []
  /// Rules that this tool does not have: what they grant is unknown, so they never match the manifest.
  package var unknownRules: Set<CacheWord> = []

  /// Makes a user that is off and has no rights.
  package init() {}

  /// Parses a user from its line in `ACL LIST`: `user NAME on #digest ~a:* resetchannels -@all +@read`. It returns nil for
  /// a line that describes no user.
  ///
  /// The server separates words by one space, and no name or pattern contains one. Selectors come last, in parentheses,
  /// which their own patterns may contain.
  package static func parse(line: CacheWord) -> (name: CacheWord, user: RedisUser)? {
    let words = line.bytes.split(separator: space, omittingEmptySubsequences: false).map(
      CacheWord.init(bytes:))
    guard words.count >= 2, words[0] == "user", !words[1].bytes.isEmpty else { return nil }
    var user = RedisUser()
    let rules = words.dropFirst(2)
    let selectors = rules.firstIndex { $0.bytes.first == opening } ?? rules.endIndex
    for rule in rules[..<selectors] { user.take(rule) }
    user.takeSelectors(rules[selectors...])
    return (words[1], user)
  }

  private static let space = UInt8(ascii: " ")
  private static let opening = UInt8(ascii: "(")

  private mutating func takeSelectors(_ words: ArraySlice<CacheWord>) {
    var rest = words
    while let first = rest.popFirst() {
      let further = rest.prefix { $0.bytes.first != Self.opening }
      rest = rest.dropFirst(further.count)
      selectors.append(CacheWord(bytes: ([first] + further).map(\.bytes).joined(separator: [Self.space])))
    }
  }

  private mutating func take(_ rule: CacheWord) {
    switch rule {
    case "on": isOn = true
    case "off": isOn = false
    case "nopass": needsNoPassword = true
    case "skip-sanitize-payload": skipsPayloadChecks = true
    case "sanitize-payload": skipsPayloadChecks = false
    case "allkeys": keyPatterns.insert("~*")
    case "allchannels": channelPatterns.insert("&*")
    case "allcommands": commandRules.append("+@all")
    case "nocommands": commandRules.append("-@all")
    // They only say that nothing is there.
    case "resetchannels", "resetkeys", "": break
    default: takeByFirstByte(rule)
    }
  }

  private mutating func takeByFirstByte(_ rule: CacheWord) {
    switch rule.bytes.first {
    case UInt8(ascii: "#"): passwordDigests.insert(CacheWord(bytes: rule.bytes.dropFirst()).description)
    case UInt8(ascii: "~"): keyPatterns.insert(rule)
    case UInt8(ascii: "%"):
      let isWhole = rule.bytes.starts(with: "%RW~".utf8)
      keyPatterns.insert(isWhole ? CacheWord(bytes: rule.bytes.dropFirst(3)) : rule)
    case UInt8(ascii: "&"): channelPatterns.insert(rule)
    case UInt8(ascii: "+"), UInt8(ascii: "-"): commandRules.append(rule.description)
    default: unknownRules.insert(rule)
    }
  }
}
