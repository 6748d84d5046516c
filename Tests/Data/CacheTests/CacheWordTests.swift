import Cache
import Testing

@Suite struct CacheWordTests {
  @Test func `each byte survives a line of quoted words`() {
    let words =
      (0...UInt8.max).map { CacheWord(bytes: [0x61, $0, 0x62]) } + ["", "plain", #"a"b\c'd e"#, "\u{301}x"]
    let line = words.map(\.quoted).joined(separator: " ")
    #expect(CacheWord.words(ofLine: line) == words)
    #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
  }

  @Test func `names that Swift takes for equal are two words and look different`() {
    let (composed, decomposed): (CacheWord, CacheWord) = ("\u{e9}", "e\u{301}")
    #expect(composed != decomposed && composed.description != decomposed.description)
    #expect(CacheWord(bytes: [0xFF]).description != CacheWord(#"\xff"#).description)
    #expect(CacheWord(bytes: [0xFF]).text == nil && decomposed.text == "e\u{301}")
  }
}
