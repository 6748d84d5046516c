/// First in, first out, at a constant cost for each element.
package struct FIFO<Element> {
  private var elements: [Element?] = []
  private var head = 0

  /// Empty.
  package init() {}

  private static var compactionThreshold: Int { 64 }

  package var count: Int { elements.count - head }
  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ element: Element) { elements.append(element) }

  package mutating func popFirst() -> Element? {
    guard head < elements.count, let element = elements[head] else { return nil }
    elements[head] = nil
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head > Self.compactionThreshold, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// The element at that place from the front.
  package subscript(_ position: Int) -> Element? {
    get { elements.indices.contains(head + position) ? elements[head + position] : nil }
    set { elements[head + position] = newValue }
  }
}
