import Testing

@testable import DataAccess

@Suite struct StatementTimeoutTests {
  private let second: UInt64 = 1_000_000_000

  @Test
  func `a statement that runs too long is cancelled, and its connection closed when that does not help`() {
    let watch = StatementTimeout()
    watch.begin()
    #expect(watch.look(at: 0, timeoutNanoseconds: second) == .fine)
    #expect(watch.look(at: second - 1, timeoutNanoseconds: second) == .fine)
    #expect(watch.look(at: second, timeoutNanoseconds: second) == .cancel)
    #expect(watch.look(at: second + 1, timeoutNanoseconds: second) == .fine)
    #expect(watch.look(at: 3 * second, timeoutNanoseconds: second) == .abandon)
  }

  @Test func `short statements are never taken for one that hangs`() {
    let watch = StatementTimeout()
    for moment in 0..<100 {
      watch.begin()
      #expect(watch.look(at: UInt64(moment) * second, timeoutNanoseconds: second) == .fine)
      watch.end()
    }
  }

  @Test func `progress of any statement restarts the timeout`() {
    let watch = StatementTimeout()
    for _ in 0..<3 { watch.begin() }
    _ = watch.look(at: 0, timeoutNanoseconds: second)
    watch.end()
    #expect(watch.look(at: second, timeoutNanoseconds: second) == .fine)
    #expect(watch.look(at: 2 * second, timeoutNanoseconds: second) == .cancel)
  }

  @Test func `an idle connection is left alone`() {
    let watch = StatementTimeout()
    #expect(watch.look(at: 0, timeoutNanoseconds: 0) == .fine)
  }
}
