import Synchronization
import TestSupport
import Testing

@testable import Cache

@Suite("Reports about the cache's health")
struct CacheHealthTests {
  private let log = LogRecorder()
  private let health: CacheHealth

  init() { health = CacheHealth(access: .readWrite, logger: log.logger) }

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

  @Test func `commands without a reply are logged once, and a probe clears the status`() {
    health.connectionChanged(to: .available)
    for _ in 0..<5 { health.commandFailed(.deadlineExceeded) }
    #expect(health.status == .unavailable(reason: CacheError.deadlineExceeded.description))
    health.probeSucceeded()
    #expect(health.status == .available)
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `a reply older than the loss does not clear it`() {
    health.connectionChanged(to: .available)
    health.connectionChanged(to: .unavailable(reason: "lost"))
    health.probeSucceeded()
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
    #expect(log.lines.count { $0 == "cache permission denied" } == 64)
  }

  static let troubles = [
    "OOM", "MISCONF", "MASTERDOWN", "LOADING", "CLUSTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN",
  ]

  @Test(arguments: troubles)
  func `a refusal that means trouble is logged once with the server's reason until a probe succeeds`(
    code: String
  ) {
    health.connectionChanged(to: .available)
    for _ in 0..<5 { health.commandFailed(.refused(code: code, message: "the server's reason")) }
    let reason = "the cache refuses commands: \(code) the server's reason"
    #expect(health.status == .unavailable(reason: reason))
    #expect(log.values(of: "reason") == [reason])
    health.probeSucceeded()
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `a replica's refusal that is reported after the promotion does not change the status`() {
    health.connectionChanged(to: .available)
    health.connectionChanged(to: .unavailable(reason: "READONLY"))
    health.connectionChanged(to: .available)
    health.commandFailed(.refused(code: "READONLY", message: "You can't write against a read only replica."))
    #expect(health.status == .available)
    #expect(log.lines == ["cache available", "cache unavailable", "cache available"])
  }

  @Test func `an unknown refusal means trouble, and its message is not shown`() {
    health.connectionChanged(to: .available)
    health.commandFailed(.refused(code: "NEWCODE", message: "value secret"))
    #expect(health.status == .unavailable(reason: "the cache returned the error NEWCODE"))
  }

  @Test func `a long reason is shortened`() {
    let error = CacheError.refused(code: "MISCONF", message: String(repeating: "x", count: 10_000))
    #expect("\(error)".count < 250)
  }

  @Test(arguments: [(CacheRights.Access.readWrite, "SET", true), (.read, "GET", true), (.read, "SET", false)])
  func `a denial within the account's rights means drift, one beyond them is the caller's mistake`(
    access: CacheRights.Access, command: String, isTrouble: Bool
  ) {
    let health = CacheHealth(access: access, logger: log.logger)
    health.connectionChanged(to: .available)
    let words = [command, "s:k"].map { Array($0.utf8) }
    health.commandFailed(.permissionDenied(CacheDenial(account: "a", arguments: words, subject: .command)))
    #expect((health.status != .available) == isTrouble)
  }

  @Test func `each failure is reported to the counter`() {
    let counted = ErrorRecorder()
    let health = CacheHealth(access: .readWrite, logger: log.logger) { counted.add($0) }
    for error in [CacheError.refused(code: "OOM", message: ""), .closed, .deadlineExceeded] {
      health.commandFailed(error)
    }
    #expect(counted.kinds == [.refused, .lost, .overloaded])
  }
}

/// The errors that the health reported.
private final class ErrorRecorder: Sendable {
  private let errors = Mutex<[CacheError]>([])
  var kinds: [CacheError.Kind] { errors.withLock { $0.map(\.kind) } }
  func add(_ error: CacheError) { errors.withLock { $0.append(error) } }
}
