import DataAccess
import Testing

@testable import PostgresDriver

struct StatementCacheTests {
  /// A new object for each use: equal texts are one statement.
  private func text(_ sql: String) -> RenderedStatement {
    RenderedStatement(sql: sql, operation: Operation(.select), isRead: true, isReusable: true)
  }

  @Test func `a statement is new at its first look-up and known afterwards`() {
    var cache = StatementCache(prefix: "s")
    #expect(cache.lookUp(text("SELECT 1")) == .new(name: "s1"))
    #expect(cache.lookUp(text("SELECT 2")) == .new(name: "s2"))
    #expect(cache.lookUp(text("SELECT 1")) == .known(name: "s1", form: nil))
  }

  @Test func `the least recently used statement is evicted`() {
    var cache = StatementCache(capacity: 2, prefix: "s")
    _ = cache.lookUp(text("a"))
    _ = cache.lookUp(text("b"))
    _ = cache.lookUp(text("a"))
    _ = cache.lookUp(text("c"))
    #expect(cache.count == 2)
    #expect(cache.takeEvicted() == ["s2"])
    #expect(cache.takeEvicted().isEmpty)
    #expect(cache.lookUp(text("a")) == .known(name: "s1", form: nil))
  }

  @Test func `a forgotten statement gets a new name`() {
    var cache = StatementCache(prefix: "s")
    _ = cache.lookUp(text("a"))
    cache.forget(text("a"), name: "s1")
    #expect(cache.lookUp(text("a")) == .new(name: "s2"))
    cache.forget(text("a"), name: "s1")
    #expect(cache.lookUp(text("a")) == .known(name: "s2", form: nil))
  }

  @Test func `the form of a statement's rows is stored and forgotten with the statement`() {
    var cache = StatementCache(prefix: "s")
    _ = cache.lookUp(text("a"))
    cache.settle(text("a"), name: "s1", form: .binary)
    #expect(cache.lookUp(text("a")) == .known(name: "s1", form: .binary))
    cache.forget(text("a"), name: "s1")
    #expect(cache.lookUp(text("a")) == .new(name: "s2"))
    cache.settle(text("a"), name: "s1", form: .binary)
    #expect(cache.lookUp(text("a")) == .known(name: "s2", form: nil))
  }

  @Test func `a long statement is not cached`() {
    var cache = StatementCache(prefix: "s")
    let long = String(repeating: "x", count: StatementCache.longestCachedBytes + 1)
    #expect(cache.lookUp(text(long)) == .uncached)
    #expect(cache.lookUp(text(String(long.dropLast()))) == .new(name: "s1"))
  }

  @Test func `two connections never use the same name`() {
    var one = StatementCache(), other = StatementCache()
    #expect(one.lookUp(text("SELECT 1")) != other.lookUp(text("SELECT 1")))
  }
}
