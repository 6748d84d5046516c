import Testing

@testable import Cache

@Suite("Reports about the cache's health")
struct CacheHealthTests {
  private let log = LogRecorder()
  private let health: CacheHealth

  init() { health = CacheHealth(logger: log.logger) }

  @Test func `the cache is unavailable until its connection is available`() {
    #expect(health.status == .unavailable(reason: "not connected yet"))
    health.connectionChanged(to: .available)
    #expect(health.status == .available)
  }

  @Test func `each change is logged once, however often it is reported`() {
    for _ in 0..<3 { health.connectionChanged(to: .available) }
    for attempt in 0..<3 { health.connectionChanged(to: .unavailable(reason: "attempt \(attempt)")) }
    for _ in 0..<3 { health.connectionChanged(to: .available) }
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `the status carries the newest reason`() {
    health.connectionChanged(to: .unavailable(reason: "first"))
    health.connectionChanged(to: .unavailable(reason: "second"))
    #expect(health.status == .unavailable(reason: "second"))
  }

  @Test func `commands without a reply are logged once, and a ping clears the status`() {
    health.connectionChanged(to: .available)
    for _ in 0..<5 { health.commandFailed(.deadlineExceeded) }
    #expect(health.status == .unavailable(reason: CacheError.deadlineExceeded.description))
    health.pingSucceeded()
    #expect(health.status == .available)
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `a reply older than the loss does not clear it`() {
    health.connectionChanged(to: .available)
    health.connectionChanged(to: .unavailable(reason: "lost"))
    health.pingSucceeded()
    #expect(health.status == .unavailable(reason: "lost"))
    #expect(log.lines == ["cache available", "cache unavailable"])
  }

  @Test func `a caller's mistake does not change the cache's status`() {
    health.connectionChanged(to: .available)
    health.commandFailed(.invalidCommand("x"))
    health.commandFailed(.refused(code: "WRONGTYPE", message: ""))
    health.commandFailed(.closed)
    #expect(health.status == .available)
    #expect(log.lines == ["cache available"])
  }

  @Test func `each distinct denial is logged once, up to a limit`() {
    for index in 0..<1000 {
      let words = ["GET", "space\(index % 500):k"].map { Array($0.utf8) }
      health.commandFailed(.permissionDenied(CacheDenial(account: "a", arguments: words, subject: .key)))
    }
    #expect(log.lines.count == 64)
  }
}
