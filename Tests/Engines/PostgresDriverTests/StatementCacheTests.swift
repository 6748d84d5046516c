import Testing

@testable import PostgresDriver

struct StatementCacheTests {
  @Test func `a statement is new at its first look-up and known afterwards`() {
    var cache = StatementCache()
    #expect(cache.lookUp("SELECT 1") == .new(name: "s1"))
    #expect(cache.lookUp("SELECT 2") == .new(name: "s2"))
    #expect(cache.lookUp("SELECT 1") == .known(name: "s1", form: nil))
  }

  @Test func `the least recently used statement is evicted`() {
    var cache = StatementCache(capacity: 2)
    _ = cache.lookUp("a")
    _ = cache.lookUp("b")
    _ = cache.lookUp("a")
    _ = cache.lookUp("c")
    #expect(cache.count == 2)
    #expect(cache.takeEvicted() == ["s2"])
    #expect(cache.takeEvicted().isEmpty)
    #expect(cache.lookUp("a") == .known(name: "s1", form: nil))
  }

  @Test func `a forgotten statement gets a new name`() {
    var cache = StatementCache()
    _ = cache.lookUp("a")
    cache.forget("a", name: "s1")
    #expect(cache.lookUp("a") == .new(name: "s2"))
    cache.forget("a", name: "s1")
    #expect(cache.lookUp("a") == .known(name: "s2", form: nil))
  }

  @Test func `the form of a statement's rows is stored and forgotten with the statement`() {
    var cache = StatementCache()
    _ = cache.lookUp("a")
    cache.settle("a", name: "s1", form: .binary)
    #expect(cache.lookUp("a") == .known(name: "s1", form: .binary))
    cache.forget("a", name: "s1")
    #expect(cache.lookUp("a") == .new(name: "s2"))
    cache.settle("a", name: "s1", form: .binary)
    #expect(cache.lookUp("a") == .known(name: "s2", form: nil))
  }

  @Test func `a long statement is not cached`() {
    var cache = StatementCache()
    let long = String(repeating: "x", count: StatementCache.longestCachedBytes + 1)
    #expect(cache.lookUp(long) == .uncached)
    #expect(cache.lookUp(String(long.dropLast())) == .new(name: "s1"))
  }
}

struct RingBufferTests {
  @Test func `elements are returned in insertion order, however the buffer grows and wraps`() {
    for capacity in 1...5 {
      var buffer = RingBuffer<Int>(capacity: capacity)
      var expected = 0
      for number in 0..<100 {
        buffer.append(number)
        guard number % 3 != 0 else { continue }
        #expect(buffer.first == expected)
        #expect(buffer.popFirst() == expected)
        expected += 1
      }
      #expect(buffer.count == 100 - expected)
      while let next = buffer.popFirst() {
        #expect(next == expected)
        expected += 1
      }
      #expect(buffer.isEmpty && buffer.first == nil && expected == 100)
    }
  }
}
