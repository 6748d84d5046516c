import Testing

@testable import Cache

@Suite("What is told about the cache")
struct CacheHealthTests {
  private let log = LogRecorder()
  private let health: CacheHealth

  init() { health = CacheHealth(logger: log.logger) }

  @Test func `it is unavailable until the connection says otherwise`() {
    #expect(health.status == .unavailable(reason: "not connected yet"))
    health.connectionChanged(to: .available)
    #expect(health.status == .available)
  }

  @Test func `each change is one line, however often it is noticed`() {
    for _ in 0..<3 { health.connectionChanged(to: .available) }
    for attempt in 0..<3 { health.connectionChanged(to: .unavailable(reason: "attempt \(attempt)")) }
    for _ in 0..<3 { health.connectionChanged(to: .available) }
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `the status has the newest reason`() {
    health.connectionChanged(to: .unavailable(reason: "first"))
    health.connectionChanged(to: .unavailable(reason: "second"))
    #expect(health.status == .unavailable(reason: "second"))
  }

  @Test func `commands that get no reply are told once, and a ping takes it back`() {
    health.connectionChanged(to: .available)
    for _ in 0..<5 { health.commandFailed(.deadlineExceeded) }
    #expect(health.status == .unavailable(reason: CacheError.deadlineExceeded.description))
    health.pingSucceeded()
    #expect(health.status == .available)
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `a reply that is older than the loss does not undo it`() {
    health.connectionChanged(to: .available)
    health.connectionChanged(to: .unavailable(reason: "lost"))
    health.pingSucceeded()
    #expect(health.status == .unavailable(reason: "lost"))
    #expect(log.lines == ["cache available", "cache unavailable"])
  }

  @Test func `what a caller did wrong says nothing about the cache`() {
    health.connectionChanged(to: .available)
    health.commandFailed(.invalidCommand("x"))
    health.commandFailed(.refused(code: "WRONGTYPE", message: ""))
    health.commandFailed(.closed)
    #expect(health.status == .available)
    #expect(log.lines == ["cache available"])
  }

  @Test func `different denials are told once each, and not without end`() {
    for index in 0..<1000 {
      let words = ["GET", "space\(index % 500):k"].map { Array($0.utf8) }
      health.commandFailed(.permissionDenied(CacheDenial(account: "a", arguments: words, subject: .key)))
    }
    #expect(log.lines.count == 64)
  }
}
