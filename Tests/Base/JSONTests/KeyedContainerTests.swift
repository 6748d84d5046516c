import Foundation
import JSON
import Testing

/// A keyed container stays with its object, in nesting, beside others, and where a type keeps it.
@Suite struct KeyedContainerTests {
  private enum Keys: String, CodingKey { case id, children }

  private struct Tree: Codable, Equatable {
    let id: Int
    let children: [Tree]

    /// A tree whose objects are nested in each other, with a second child on each level.
    static func deep(_ depth: Int) -> Tree {
      let leaf = Tree(id: -depth, children: [])
      return Tree(id: depth, children: depth == 0 ? [] : [deep(depth - 1), leaf])
    }
  }

  @Test(arguments: [0, 1, 2, 15, 16, 17, 30])
  func `objects of one type are read and written inside each other`(_ depth: Int) throws {
    let tree = Tree.deep(depth)
    let bytes = try JSONCoding.encode([tree, tree])
    #expect(try JSONDecoder().decode([Tree].self, from: Data(bytes)) == [tree, tree])
    #expect(try JSONCoding.decode([Tree].self, from: bytes) == [tree, tree])
  }

  @Test func `many types of keys are read and written inside each other`() throws {
    struct Wrapped<Inner: Codable & Equatable, Tag>: Codable, Equatable {
      let inner: Inner
      init(_ inner: Inner) { self.inner = inner }
    }
    func check(_ value: some Codable & Equatable, _ depth: Int) throws {
      let bytes = try JSONCoding.encode([value, value])
      #expect(try JSONCoding.decode([Same].self, from: bytes).count == 2)
      #expect(try roundTrip([value, value], bytes) == [value, value])
      if depth > 0 { try check(Wrapped<_, Int>(value), depth - 1) }
    }
    try check(Tree.deep(1), 20)
  }

  /// Any value.
  private struct Same: Decodable { init(from decoder: any Decoder) {} }

  private func roundTrip<Value: Decodable>(_ value: Value, _ bytes: [UInt8]) throws -> Value {
    try JSONCoding.decode(Value.self, from: bytes)
  }

  @Test func `two containers of one type of keys read two objects`() throws {
    struct Pair: Decodable {
      let read: [Int]
      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        let first = try list.nestedContainer(keyedBy: Keys.self)
        let second = try list.nestedContainer(keyedBy: Keys.self)
        read = [
          try first.decode(Int.self, forKey: .id), try second.decode(Int.self, forKey: .id),
          try first.decode(Int.self, forKey: .id),
        ]
      }
    }
    let text = #"[[{"id":1},{"id":2}],[{"id":3},{"id":4}]]"#
    let pairs = try JSONCoding.decode([Pair].self, from: Array(text.utf8))
    #expect(pairs.map(\.read) == [[1, 2, 1], [3, 4, 3]])
  }

  private struct Keeping: Decodable {
    let container: KeyedDecodingContainer<Keys>
    let id: Int
    init(from decoder: any Decoder) throws {
      container = try decoder.container(keyedBy: Keys.self)
      id = try container.decode(Int.self, forKey: .id)
    }
  }

  @Test func `a container that a type keeps goes on reading its object, also after the end`() throws {
    let text = #"[{"id":1},{"id":2},{"id":3}]"#
    let kept = try JSONCoding.decode([Keeping].self, from: Array(text.utf8))
    #expect(kept.map(\.id) == [1, 2, 3])
    #expect(try kept.map { try $0.container.decode(Int.self, forKey: .id) } == [1, 2, 3])
    for _ in 0..<3 {
      let others = try JSONCoding.decode([Tree].self, from: Array(#"[{"id":4,"children":[]}]"#.utf8))
      #expect(others.map(\.id) == [4])
      #expect(try JSONCoding.decode([Keeping].self, from: Array(#"[{"id":5}]"#.utf8)).map(\.id) == [5])
    }
    #expect(try kept.map { try $0.container.decode(Int.self, forKey: .id) } == [1, 2, 3])
  }

  @Test func `a type decodes and encodes a text of its own while it is read and written`() throws {
    struct Inner: Codable { let id: Int }
    struct Outer: Codable {
      let inner: Inner
      let id: Int
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let text = try container.decode(String.self, forKey: .children)
        inner = try JSONCoding.decode(Inner.self, from: Array(text.utf8))
        id = try container.decode(Int.self, forKey: .id)
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        let text = String(decoding: try JSONCoding.encode(inner), as: UTF8.self)
        try container.encode(text, forKey: .children)
        try container.encode(id, forKey: .id)
      }
    }
    let text = #"[{"children":"{\"id\":1}","id":2},{"children":"{\"id\":3}","id":4}]"#
    let outer = try JSONCoding.decode([Outer].self, from: Array(text.utf8))
    #expect(outer.map(\.id) == [2, 4] && outer.map(\.inner.id) == [1, 3])
    #expect(String(decoding: try JSONCoding.encode(outer), as: UTF8.self) == text)
  }

  @Test func `a text that fails has no effect on the next one`() throws {
    for _ in 0..<3 {
      let error = #expect(throws: JSONError.self) {
        try JSONCoding.decode([Tree].self, from: Array(#"[{"id":1,"children":[{"id":null}]}]"#.utf8))
      }
      #expect(error?.path == "[0].children[0].id")
      let text = Array(#"[{"id":1,"children":[{"id":2,"children":[]}]}]"#.utf8)
      let tree = Tree(id: 1, children: [Tree(id: 2, children: [])])
      #expect(try JSONCoding.decode([Tree].self, from: text) == [tree])
    }
  }

  @Test func `a container that a type keeps writes to no other object`() {
    final class Kept { var container: KeyedEncodingContainer<Keys>? }
    struct Keeping: Encodable {
      let kept: Kept
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        if var former = kept.container { return try former.encode(2, forKey: .id) }
        try container.encode(1, forKey: .id)
        kept.container = container
      }
    }
    let kept = Kept()
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.encode([Keeping(kept: kept), Keeping(kept: kept)])
    }
    #expect(error?.kind == .unwritable)
    // After the end the output has no effect, and is still there.
    #expect(throws: Never.self) { try kept.container?.encode(3, forKey: .id) }
  }
}
