import Testing

@testable import EventLoop

@Suite("Turns of offloaded work") struct OffloadTurnsTests {
  /// Waiting work with names.
  private struct Waiting {
    var turns = OffloadTurns()
    private var names: [ObjectIdentifier: String] = [:]
    private var items: [String: OffloadItem] = [:]

    init(_ work: [(String, [Int])] = []) {
      for (name, path) in work { add(name, path) }
    }

    mutating func add(_ name: String, _ path: [Int]) {
      let item = OffloadItem(arrival: 0, path: path)
      _ = item.begin { _ in }
      _ = item.enqueue()
      items[name] = item
      names[ObjectIdentifier(item)] = name
      turns.append(item)
    }

    mutating func next() -> String? { turns.next().flatMap { names[ObjectIdentifier($0.item)] } }

    mutating func rest() -> String {
      var order: [String] = []
      while let name = next() { order.append(name) }
      return order.joined(separator: " ")
    }

    mutating func abandon(_ name: String) {
      guard let item = items[name] else { return }
      _ = item.end()
      turns.lose(item)
    }
  }

  @Test func `work without a path runs in the order of its arrival`() {
    var waiting = Waiting([("a", []), ("b", []), ("c", [])])
    #expect(waiting.turns.count == 3)
    #expect(waiting.rest() == "a b c" && waiting.turns.count == 0)
  }

  @Test func `groups take turns, and within a group the oldest work is first`() {
    var waiting = Waiting([("a1", [1]), ("a2", [1]), ("a3", [1]), ("b1", [2]), ("c1", [3]), ("c2", [3])])
    #expect(waiting.rest() == "a1 b1 c1 a2 c2 a3")
  }

  @Test func `the smaller groups of a large one share its turns`() {
    var waiting = Waiting([
      ("a1", [1, 1]), ("a2", [1, 2]), ("a3", [1, 3]), ("a4", [1, 1]), ("b1", [2, 1]), ("b2", [2, 1]),
    ])
    #expect(waiting.rest() == "a1 b1 a2 b2 a3 a4")
  }

  @Test func `a new group has its turn after one of each other group`() {
    var waiting = Waiting((0..<60).map { ("\($0)", [$0 % 3]) })
    #expect(waiting.next() == "0")
    waiting.add("new", [9])
    let order = (0..<4).map { _ in waiting.next() }
    #expect(order == ["1", "2", "3", "new"])
  }

  @Test func `as much work is ahead of a new one as has its turn before it`() {
    for count in 0..<40 {
      for path in [[0, 0], [0, 1], [1, 0], [2, 5], [7, 7]] {
        var waiting = Waiting((0..<count).map { ("\($0)", [$0 % 3, $0 % 5]) })
        let expected = waiting.turns.ahead(of: path[...])
        waiting.add("new", path)
        var ahead = 0
        while let name = waiting.next(), name != "new" { ahead += 1 }
        // The groups of one round are counted in full, wherever the turn is at.
        #expect(ahead <= expected && expected <= ahead + 3 + 5, "\(path) behind \(count)")
      }
    }
  }

  @Test func `the work of a caller that is gone takes no turn and leaves no group behind`() {
    var waiting = Waiting([("a1", [1, 1]), ("a2", [1, 2]), ("b1", [2, 1]), ("b2", [2, 1])])
    waiting.abandon("a1")
    waiting.abandon("b1")
    #expect(waiting.turns.count == 2)
    #expect(waiting.turns.ahead(of: [3]) == 2)
    waiting.abandon("a2")
    waiting.add("a3", [1, 1])
    #expect(waiting.rest() == "b2 a3")
    waiting.add("c1", [3])
    waiting.abandon("c1")
    #expect(waiting.turns.count == 0 && waiting.next() == nil)
  }
}
