import Cache

extension RedisUser {
  /// Whether the user could do something if it were on.
  func hasRights(in table: RedisCommandTable) -> Bool {
    needsNoPassword || !passwordDigests.isEmpty || !keyPatterns.isEmpty || !channelPatterns.isEmpty
      || !selectors.isEmpty || !unknownRules.isEmpty || !table.commands(allowedBy: commandRules).isEmpty
  }

  /// The patterns of keys in its rules and its selectors, without their permission.
  var everyKeyPattern: [CacheWord] {
    let selected = selectors.flatMap { selector in
      selector.bytes.dropFirst().split(separator: UInt8(ascii: " ")).map(CacheWord.init(bytes:))
    }
    return (keyPatterns.sorted() + selected).compactMap { rule in
      if rule == "allkeys" { return "*" }
      let (permission, tilde) = (UInt8(ascii: "%"), UInt8(ascii: "~"))
      guard rule.bytes.first == tilde || rule.bytes.first == permission,
        let start = rule.bytes.firstIndex(of: tilde)
      else { return nil }
      return CacheWord(bytes: rule.bytes[(start + 1)...])
    }
  }
}

extension CacheWord {
  /// Whether the word, as a pattern of keys, covers a key that begins with `prefix`. A class in brackets counts as any
  /// byte, so that the answer is never no by mistake.
  func covers(someKeyWith prefix: String) -> Bool {
    var pattern = bytes[...]
    for byte in prefix.utf8 {
      guard let first = pattern.popFirst() else { return false }
      switch first {
      case UInt8(ascii: "*"): return true
      case UInt8(ascii: "?"): continue
      case UInt8(ascii: "["):
        let inside = pattern.prefix { $0 != UInt8(ascii: "]") }
        pattern = pattern.dropFirst(inside.count + 1)
      case UInt8(ascii: "\\"): if let escaped = pattern.popFirst(), escaped != byte { return false }
      default: if first != byte { return false }
      }
    }
    return true
  }
}
