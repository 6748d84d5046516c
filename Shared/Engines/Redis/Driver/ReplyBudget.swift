/// How many elements the reply that is being read may still have.
final class ReplyBudget {
  private let maximumElements: Int
  private var elements = 0
  /// Whether a reply asked for more than it may have.
  private(set) var isExceeded = false

  init(maximumElements: Int) { self.maximumElements = maximumElements }

  /// Grants the elements, or remembers that they were too many.
  func take(_ count: Int) -> Bool {
    elements += count
    if elements > maximumElements { isExceeded = true }
    return !isExceeded
  }

  func reset() { elements = 0 }
}
