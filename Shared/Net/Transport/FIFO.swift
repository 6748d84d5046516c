/// First in, first out, at a constant cost for each element: a ring in one array that grows and is reused. A pipeline
/// stores its sent and unanswered statements in it.
///
/// It is `public`, because the compiler then specialises the generic type in other modules. In release builds,
/// `package` costs five times as much for each element (measured).
public struct FIFO<Element> {
  /// A power of two, so that a position wraps around by a mask.
  @inlinable static var firstCapacity: Int { 16 }

  @usableFromInline var slots: [Element?]
  @usableFromInline var head = 0
  @usableFromInline var length = 0

  /// Empty.
  @inlinable public init() {
    slots = Array(repeating: nil, count: Self.firstCapacity)
  }

  @inlinable public var count: Int { length }
  @inlinable public var isEmpty: Bool { length == 0 }
  @inlinable public var first: Element? { slots[head] }

  /// Adds an element behind all others.
  @inlinable public mutating func append(_ element: Element) {
    if length == slots.count { grow() }
    slots[place(of: length)] = element
    length += 1
  }

  /// Takes the element in front of all others; nil when there is none.
  @discardableResult
  @inlinable public mutating func popFirst() -> Element? {
    guard length > 0 else { return nil }
    defer {
      slots[head] = nil
      head = place(of: 1)
      length -= 1
    }
    return slots[head]
  }

  /// The element at that position from the front; nil behind the last.
  @inlinable public subscript(_ position: Int) -> Element? {
    get { position < length ? slots[place(of: position)] : nil }
    set { slots[place(of: position)] = newValue }
  }

  @inlinable func place(of position: Int) -> Int { (head + position) & (slots.count - 1) }

  @inlinable mutating func grow() {
    slots = Array(slots[head...] + slots[..<head]) + Array(repeating: nil, count: slots.count)
    head = 0
  }
}
