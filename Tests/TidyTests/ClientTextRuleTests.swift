import Testing

@Suite struct ClientTextRuleTests {
  private func violations(_ code: String) -> [String] {
    let file = SourceFile(path: "Shared/Net/Routing/Some.swift", text: code)
    return ClientTextRule.bans.flatMap { ban in
      WordRules.violations(of: WordRules.Ban(word: ban.word, folders: ban.folders), in: [file])
    }
  }

  @Test(arguments: [
    #"if name == "a" {}"#, #"if name != "a" {}"#, #"name.hasPrefix("a")"#, #"name.hasSuffix("a")"#,
    "let seen: Set<String> = []", "let values: [String: Int] = [:]", "name.lowercased()",
    #"text.split(separator: ",")"#, #"text.firstIndex(of: ":")"#,
  ])
  func `a comparison by characters is found`(code: String) {
    #expect(violations(code).count == 1)
  }

  @Test(arguments: [
    #"if name.isSame(as: "a") {}"#, #"bytes.split(separator: UInt8(ascii: ","))"#, "if byte == 0x20 {}",
    "let seen: Set<ByteText> = []", #"// name == "a""#,
  ])
  func `a comparison by bytes passes`(code: String) {
    #expect(violations(code) == [])
  }
}
