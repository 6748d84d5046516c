/// Limits the number of elements in one reply.
final class ReplyBudget {
  private let maximumElements: Int
  private var elements = 0
  /// Whether a reply had more elements than the limit.
  private(set) var isExceeded = false

  init(maximumElements: Int) { self.maximumElements = maximumElements }

  /// Counts the elements. False once they exceed the limit.
  func take(_ count: Int) -> Bool {
    elements += count
    if elements > maximumElements { isExceeded = true }
    return !isExceeded
  }

  func reset() { elements = 0 }
}
