/// The pause before a transaction is tried again: longer each time, and of random length, so that two that got into
/// each other's way do not meet again.
struct RetryDelay: Sendable {
  static let firstMilliseconds = 10
  static let maximumMilliseconds = 1_000

  private let random: @Sendable (ClosedRange<Int>) -> Int

  /// `random` picks a number out of a range; tests give one that does not roll dice.
  init(random: @escaping @Sendable (ClosedRange<Int>) -> Int = { Int.random(in: $0) }) {
    self.random = random
  }

  /// Between half and the whole of a bound that doubles with each retry; the first retry is 1.
  func milliseconds(beforeRetry retry: Int) -> Int {
    let doublings = min(max(0, retry - 1), 10)
    let bound = min(Self.maximumMilliseconds, Self.firstMilliseconds << doublings)
    return random(bound / 2...bound)
  }
}
