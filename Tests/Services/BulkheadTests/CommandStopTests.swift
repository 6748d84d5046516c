import DataAccess
import Glibc
import Testing

@testable import bulkhead

/// What a command that a signal ends says last.
@Suite struct CommandStopTests {
  private static let promote = Operation(.other, label: "promote")

  @Test func `only a command that waited for the server says how long`() {
    let late = CommandStop.words(
      ofEndBy: SIGTERM, running: [Self.promote], hasCancelled: true, afterGrace: true)
    #expect(late.hasPrefix("stopped by SIGTERM, but the server did not cancel 'promote' within 10 s: "))
    let early = CommandStop.words(
      ofEndBy: SIGINT, running: [Self.promote], hasCancelled: true, afterGrace: false)
    #expect(early.hasPrefix("stopped by SIGINT before the server had cancelled 'promote': "))
    for words in [early, late] { #expect(words.hasSuffix("its session may hold locks until it ends")) }
  }

  @Test func `a command that ends before it has undone what it began says what is left`() {
    let words = CommandStop.words(
      ofEndBy: SIGINT, running: [], duties: ["let a-rw log in again"], hasCancelled: true, afterGrace: true)
    #expect(words.hasPrefix("stopped by SIGINT before the command had undone what it began"))
    #expect(words.hasSuffix("; this is left to you: let a-rw log in again"))
  }

  @Test(arguments: [true, false])
  func `a command without a running statement says what stays`(_ hasCancelled: Bool) {
    let words = CommandStop.words(ofEndBy: SIGHUP, running: [], hasCancelled: hasCancelled, afterGrace: false)
    #expect(words.hasPrefix("stopped by SIGHUP") && words.contains("What was committed before stays"))
    #expect(words.contains("the server has cancelled the running statement") == hasCancelled)
  }
}
