import Collections
import Testing

@Suite struct RecentEntriesTests {
  @Test(arguments: [0, 1, 2, 10])
  func `it never holds more than its capacity, and always the newest entry`(capacity: Int) {
    var entries = RecentEntries<Int, Int>(capacity: capacity)
    for number in 0..<1000 {
      entries.insert(-number, for: number)
      #expect(entries.count <= max(2, capacity))
      #expect(entries.find(number) == -number)
    }
    #expect(entries.find(0) == nil)
  }

  @Test func `an entry in use stays while others come and go`() {
    var entries = RecentEntries<Int, String>(capacity: 10)
    entries.insert("kept", for: -1)
    for number in 0..<200 {
      entries.insert("other", for: number)
      #expect(entries.find(-1) == "kept")
    }
  }

  @Test func `a removed entry is in neither generation`() {
    var entries = RecentEntries<Int, Int>(capacity: 2)
    for number in 1...2 { entries.insert(number, for: number) }
    for number in 1...2 { entries.remove(number) }
    #expect(entries.find(1) == nil && entries.find(2) == nil && entries.count == 0)
  }

  /// A key that is equal to another one, and is an object of its own.
  private final class Name: Hashable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (one: Name, other: Name) -> Bool { one.text == other.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
  }

  private struct Weak {
    weak var name: Name?
  }

  @Test func `an entry keeps the key that was inserted, and none that found it`() {
    var entries = RecentEntries<Name, Int>(capacity: 2)
    entries.insert(1, for: Name("a"))
    entries.insert(2, for: Name("b"))
    var key: Name? = Name("a")
    let found = Weak(name: key)
    #expect(key.flatMap { entries.find($0) } == 1)
    key = nil
    #expect(found.name == nil)
    #expect(entries.find(Name("a")) == 1)
  }
}
