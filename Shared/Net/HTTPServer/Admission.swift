import Synchronization

/// Counts the open connections of a server over all its loops, and says whether one more may come in.
final class Admission: Sendable {
  private let limit: Int
  private let open = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  var count: Int { open.load(ordering: .relaxed) }

  /// Counts a connection in; false when the house is full.
  func enter() -> Bool {
    if open.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    leave()
    return false
  }

  func leave() { open.wrappingSubtract(1, ordering: .relaxed) }
}
