import Testing

@testable import DataAccess

@Suite struct TransactionBackoffTests {
  @Test func `the pause doubles up to a limit`() {
    var longest = Database.transactionBackoff
    let pauses = (1...9).map { _ in longest.nextPauseMilliseconds { $0.upperBound } }
    #expect(pauses == [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
    for _ in 0..<1_000 { #expect(longest.nextPauseMilliseconds { $0.upperBound } == 1_000) }
  }

  @Test func `chance shortens it by half at most`() {
    var shortest = Database.transactionBackoff
    let pauses = (1...9).map { _ in shortest.nextPauseMilliseconds { $0.lowerBound } }
    #expect(pauses.first == 5)
    #expect(pauses.last == 500)
  }
}
