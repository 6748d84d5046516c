/// Identifies one scheduled call of an ``EventLoop``, for its cancellation.
package struct TimerID: Sendable, Hashable {
  let number: UInt64
}

/// The timers of one loop: a binary heap by deadline. Cancelled entries stay in the heap until they reach its top.
struct TimerQueue {
  private struct Entry {
    let deadline: UInt64
    let number: UInt64

    /// Equal deadlines fire in the order in which they were scheduled.
    func precedes(_ other: Entry) -> Bool {
      deadline == other.deadline ? number < other.number : deadline < other.deadline
    }
  }

  /// Cancelled entries that the heap may hold before the queue rebuilds it without them.
  private static let staleEntriesTolerated = 64

  private var heap: [Entry] = []
  private var bodies: [UInt64: () -> Void] = [:]
  private var lastNumber: UInt64 = 0

  var isEmpty: Bool { bodies.isEmpty }
  /// Entries in the heap, including cancelled ones.
  var entryCount: Int { heap.count }

  mutating func schedule(at deadline: UInt64, _ body: @escaping () -> Void) -> TimerID {
    lastNumber += 1
    bodies[lastNumber] = body
    heap.append(Entry(deadline: deadline, number: lastNumber))
    siftUp(from: heap.count - 1)
    return TimerID(number: lastNumber)
  }

  mutating func cancel(_ id: TimerID) {
    guard bodies.removeValue(forKey: id.number) != nil else { return }
    if heap.count > bodies.count * 2 + Self.staleEntriesTolerated { rebuild() }
  }

  mutating func removeAll() {
    heap.removeAll()
    bodies.removeAll()
  }

  /// The next deadline in nanoseconds, or nil when nothing is scheduled.
  mutating func nextDeadline() -> UInt64? {
    while let first = heap.first {
      if bodies[first.number] != nil { return first.deadline }
      removeFirst()
    }
    return nil
  }

  /// Removes the earliest due call. The caller runs it, and the call may schedule and cancel timers.
  mutating func takeDue(at now: UInt64) -> (() -> Void)? {
    guard let deadline = nextDeadline(), deadline <= now, let first = heap.first else { return nil }
    removeFirst()
    return bodies.removeValue(forKey: first.number)
  }

  private mutating func rebuild() {
    heap = heap.filter { bodies[$0.number] != nil }
    heap.sort { $0.precedes($1) }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    siftDown()
  }

  private mutating func siftUp(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
