/// A queue in one array that is reused: what a pipeline has sent and not yet got answers for.
struct RingBuffer<Element> {
  private var slots: [Element?]
  private var head = 0
  private(set) var count = 0

  init(capacity: Int = 16) {
    slots = Array(repeating: nil, count: max(1, capacity))
  }

  var isEmpty: Bool { count == 0 }

  var first: Element? { slots[head] }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[(head + count) % slots.count] = element
    count += 1
  }

  @discardableResult
  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    defer {
      slots[head] = nil
      head = (head + 1) % slots.count
      count -= 1
    }
    return slots[head]
  }

  private mutating func grow() {
    let ordered = slots[head...] + slots[..<head]
    slots = Array(ordered) + Array(repeating: nil, count: slots.count)
    head = 0
  }
}
