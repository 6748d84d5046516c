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
  package var keyPatterns: Set<String> = []
  /// Channel patterns: `&*`.
  package var channelPatterns: Set<String> = []
  /// The command rules in order: `-@all`, `+@read`, `-scan`, `+client|id`.
  package var commandRules: [String] = []
  /// Selectors: further sets of rules. The manifest declares none.
  package var selectors: [String] = []

  /// Makes a user that is off and has no rights.
  package init() {}

  /// Parses a user from its line in `ACL LIST`: `user NAME on #digest ~a:* resetchannels -@all +@read`.
  ///
  /// It ignores tokens that do not affect rights (`resetchannels`). It returns nil for a line that
  /// describes no user.
  package static func parse(line: String) -> (name: String, user: RedisUser)? {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
    guard words.count >= 2, words[0] == "user" else { return nil }
    var user = RedisUser()
    var rest = words.count > 2 ? words[2] : ""
    while let token = nextToken(&rest) { user.take(token) }
    return (String(words[1]), user)
  }

  /// A selector is one token, although it contains spaces in its parentheses.
  private static func nextToken(_ rest: inout Substring) -> String? {
    rest = rest.drop { $0 == " " }
    guard let first = rest.first else { return nil }
    let end = first == "(" ? rest.firstIndex(of: ")").map(rest.index(after:)) : rest.firstIndex(of: " ")
    let token = rest[..<(end ?? rest.endIndex)]
    rest = rest[(end ?? rest.endIndex)...]
    return String(token)
  }

  private mutating func take(_ token: String) {
    switch token {
    case "on": isOn = true
    case "off": isOn = false
    case "nopass": needsNoPassword = true
    case "skip-sanitize-payload": skipsPayloadChecks = true
    case "sanitize-payload": skipsPayloadChecks = false
    case "allkeys": keyPatterns.insert("~*")
    case "allchannels": channelPatterns.insert("&*")
    case "allcommands": commandRules.append("+@all")
    case "nocommands": commandRules.append("-@all")
    default: takeRule(token)
    }
  }

  private mutating func takeRule(_ token: String) {
    switch token.first {
    case "#": passwordDigests.insert(String(token.dropFirst()))
    case "~": keyPatterns.insert(token)
    case "%": keyPatterns.insert(token.hasPrefix("%RW~") ? String(token.dropFirst(3)) : token)
    case "&": channelPatterns.insert(token)
    case "+", "-": commandRules.append(token)
    case "(": selectors.append(token)
    default: break
    }
  }
}
