import Testing
import Transport

@Suite("First in, first out") struct FIFOTests {
  @Test(arguments: 1...40)
  func `elements leave in the order in which they came, however the queue grows and turns`(first: Int) {
    var queue = FIFO<Int>()
    var expected = 0
    // The first elements decide where the head is when the queue grows.
    for number in 0..<first { queue.append(number) }
    for number in first..<300 {
      queue.append(number)
      guard number % 3 != 0 else { continue }
      #expect(queue.first == expected)
      #expect(queue.popFirst() == expected)
      expected += 1
    }
    #expect(queue.count == 300 - expected)
    while let next = queue.popFirst() {
      #expect(next == expected)
      expected += 1
    }
    #expect(queue.isEmpty && queue.first == nil && expected == 300)
    #expect(queue.popFirst() == nil)
  }

  @Test func `a position counts from the front, and nothing is behind the last`() {
    var queue = FIFO<Int>()
    for number in 0..<12 { queue.append(number) }
    for _ in 0..<10 { queue.popFirst() }
    for number in 12..<40 { queue.append(number) }
    #expect((0..<queue.count).map { queue[$0] } == Array(10..<40))
    #expect(queue[queue.count] == nil)
    queue[3] = 99
    for _ in 0..<3 { queue.popFirst() }
    #expect(queue.popFirst() == 99)
  }

  @Test func `an element that has left is released`() {
    final class Mark {}
    var queue = FIFO<Mark>()
    weak var mark: Mark?
    do {
      let made = Mark()
      mark = made
      queue.append(made)
    }
    #expect(mark != nil)
    queue.popFirst()
    #expect(mark == nil)
  }
}
