import Foundation
import Logging
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Transport

/// When an attempt to connect may use which password, with a clock of the test.
struct PasswordGateTests {
  private final class Fixture: Sendable {
    let folder: TemporaryFolder
    let now = Atomic<UInt64>(1)
    var path: String { folder.file("password") }

    init() throws { folder = try TemporaryFolder() }

    func write(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }

    func pass(seconds: Int) { now.wrappingAdd(UInt64(seconds) * 1_000_000_000, ordering: .relaxed) }

    func gate() -> PasswordGate {
      PasswordGate(
        .file(path, initial: Secret("first")), account: "connector-rw", of: "database", retryDelaySeconds: 5,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        nanoseconds: { [self] in now.load(ordering: .relaxed) })
    }

    /// A gate whose password worked and is now refused.
    func refusing() throws -> PasswordGate {
      try write("first")
      let gate = gate()
      gate.settle(Secret("first"), with: .accepted)
      gate.settle(Secret("first"), with: .refused)
      return gate
    }
  }

  @Test func `an accepted password serves every attempt`() throws {
    let gate = try Fixture().gate()
    gate.settle(Secret("first"), with: .accepted)
    for _ in 0..<3 { #expect(gate.password() == Secret("first")) }
  }

  @Test func `a refused password is not sent again before the long pause`() throws {
    let fixture = try Fixture()
    let gate = try fixture.refusing()
    #expect(gate.password() == nil)
    fixture.pass(seconds: PasswordGate.defaultPauseSeconds - 1)
    #expect(gate.password() == nil)
    fixture.pass(seconds: 1)
    #expect(gate.password() == Secret("first"))
  }

  @Test func `a changed file allows one attempt at once, and others wait for its result`() throws {
    let fixture = try Fixture()
    let gate = try fixture.refusing()
    try fixture.write("second")
    #expect(gate.password() == Secret("second"))
    #expect(gate.password() == nil)
    gate.settle(Secret("second"), with: .accepted)
    #expect(gate.password() == Secret("second"))
  }

  @Test func `a changed file that is refused too allows no second attempt`() throws {
    let fixture = try Fixture()
    let gate = try fixture.refusing()
    try fixture.write("wrong")
    #expect(gate.password() == Secret("wrong"))
    gate.settle(Secret("wrong"), with: .refused)
    #expect(gate.password() == nil)
  }

  @Test func `an attempt that did not reach the server's check does not count`() throws {
    let fixture = try Fixture()
    let gate = try fixture.refusing()
    try fixture.write("second")
    #expect(gate.password() == Secret("second"))
    gate.settle(Secret("second"), with: .unchecked)
    #expect(gate.password() == Secret("second"))
  }

  @Test func `before the first success the pause is that between attempts at start`() throws {
    let fixture = try Fixture()
    try fixture.write("first")
    let gate = fixture.gate()
    gate.settle(Secret("first"), with: .refused)
    #expect(gate.password() == nil)
    fixture.pass(seconds: 5)
    #expect(gate.password() == Secret("first"))
  }

  @Test func `while a password rotates, the refusal of one opens the way to the other`() throws {
    let fixture = try Fixture()
    try fixture.write("first\nnext 1 second")
    let gate = fixture.gate()
    #expect(gate.password() == Secret("first"))
    gate.settle(Secret("first"), with: .accepted)
    gate.settle(Secret("first"), with: .refused)
    #expect(gate.alternative(to: Secret("first")) == Secret("second"))
    gate.settle(Secret("second"), with: .accepted)
    // From then on it comes first, and several attempts may run at once.
    for _ in 0..<3 { #expect(gate.password() == Secret("second")) }
  }

  @Test func `attempts side by side that meet the change do not hold each other back`() throws {
    let fixture = try Fixture()
    try fixture.write("first\nnext 1 second")
    let gate = fixture.gate()
    for _ in 0..<3 { #expect(gate.password() == Secret("first")) }
    gate.settle(Secret("first"), with: .accepted)
    for _ in 0..<2 {
      gate.settle(Secret("first"), with: .refused)
      #expect(gate.alternative(to: Secret("first")) == Secret("second"))
    }
  }

  @Test func `two refused passwords are held back, and both have their turn after the pause`() throws {
    let fixture = try Fixture()
    try fixture.write("first\nformer 1 second")
    let gate = fixture.gate()
    #expect(gate.password() == Secret("first"))
    gate.settle(Secret("first"), with: .accepted)
    gate.settle(Secret("first"), with: .refused)
    gate.settle(Secret("second"), with: .refused)
    #expect(gate.alternative(to: Secret("second")) == nil && gate.password() == nil)
    fixture.pass(seconds: PasswordGate.defaultPauseSeconds)
    #expect(gate.password() == Secret("first"))
    gate.settle(Secret("first"), with: .refused)
    #expect(gate.alternative(to: Secret("first")) == Secret("second"))
  }

  @Test func `the password of a later rotation is tried although an earlier one was refused`() throws {
    let fixture = try Fixture()
    try fixture.write("first\nnext 1 second")
    let gate = fixture.gate()
    _ = gate.password()
    gate.settle(Secret("first"), with: .refused)
    gate.settle(Secret("second"), with: .accepted)
    try fixture.write("second\nnext 2 third")
    #expect(gate.password() == Secret("second"))
    gate.settle(Secret("second"), with: .refused)
    #expect(gate.alternative(to: Secret("second")) == Secret("third"))
  }

  @Test func `the reason names the account and the file and no password`() throws {
    let reason = try Fixture().refusing().reason
    #expect(reason.contains("connector-rw") && reason.contains("/password"))
    #expect(!reason.contains("first"))
  }
}
