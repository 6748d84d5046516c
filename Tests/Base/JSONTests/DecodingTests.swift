import JSON
import Testing

@Suite struct DecodingTests {
  struct User: Codable, Equatable {
    struct Address: Codable, Equatable {
      let city: String
      let zip: Int?
    }
    enum Role: String, Codable { case member, admin }

    let id: Int64
    let email: String
    let isActive: Bool
    let score: Double
    let role: Role
    let tags: [String]
    let address: Address?
    let limits: [String: Int]

    enum CodingKeys: String, CodingKey {
      case id, email, score, role, tags, address, limits
      case isActive = "is_active"
    }
  }

  static let sound = #"""
    {"unknown": [{"deep": "}"}], "tags": ["a", "b\n"], "id": 42, "is_active": true, "email": "a@b",
     "score": 1.25, "role": "admin", "address": {"city": "K\u00f6ln"}, "limits": {"x": 1}}
    """#

  private func user(_ text: String) throws(JSONError) -> User {
    try JSONCoding.decode(User.self, from: Array(text.utf8))
  }

  @Test func `fields are found by name, in any order and among unknown fields`() throws {
    let expected = User(
      id: 42, email: "a@b", isActive: true, score: 1.25, role: .admin, tags: ["a", "b\n"],
      address: .init(city: "Köln", zip: nil), limits: ["x": 1])
    #expect(try user(Self.sound) == expected)
  }

  @Test func `an optional field may be missing or null`() throws {
    struct Patch: Decodable, Equatable { let name: String?; let nested: [Int?] }
    func decode(_ text: String) throws -> Patch { try JSONCoding.decode(Patch.self, from: Array(text.utf8)) }
    #expect(try decode(#"{"nested":[1,null]}"#) == Patch(name: nil, nested: [1, nil]))
    #expect(try decode(#"{"name":null,"nested":[]}"#) == Patch(name: nil, nested: []))
    #expect(try decode(#"{"name":"x","nested":[null]}"#) == Patch(name: "x", nested: [nil]))
  }

  @Test(arguments: [
    (#""id": 42"#, #""ID": 42"#, JSONError.Kind.missing, "id"),
    (#""id": 42"#, #""id": "42""#, .mistyped, "id"),
    (#""id": 42"#, #""id": 4.5"#, .mistyped, "id"),
    (#""id": 42"#, #""id": 9223372036854775808"#, .invalid, "id"),
    (#""id": 42"#, #""id": null"#, .mistyped, "id"),
    (#""is_active": true"#, #""is_active": 1"#, .mistyped, "is_active"),
    (#""role": "admin""#, #""role": "king""#, .invalid, "role"),
    (#"["a", "b\n"]"#, #"["a", 5]"#, .mistyped, "tags[1]"),
    (#"["a", "b\n"]"#, #"{"a": "b"}"#, .mistyped, "tags"),
    (#"{"city": "K\u00f6ln"}"#, "{}", .missing, "address.city"),
    (#"{"city": "K\u00f6ln"}"#, #"{"city": "x", "zip": "y"}"#, .mistyped, "address.zip"),
    (#"{"city": "K\u00f6ln"}"#, "[]", .mistyped, "address"),
    (#"{"x": 1}"#, #"{"x": true}"#, .mistyped, "limits.x"),
  ])
  func `an error names the field`(part: String, replacement: String, kind: JSONError.Kind, path: String) {
    let error = #expect(throws: JSONError.self) {
      try user(
        Self.sound.split(separator: part, omittingEmptySubsequences: false).joined(separator: replacement))
    }
    #expect(error?.kind == kind)
    #expect(error?.path == path)
  }

  @Test func `an error in a list of objects names the element`() {
    struct Item: Decodable { let name: String }
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.decode([String: [Item]].self, from: Array(#"{"items":[{"name":"a"},{}]}"#.utf8))
    }
    #expect(error?.path == "items[1].name")
  }

  @Test(arguments: [
    (#"[[1],[2,"x"]]"#, "[1][1]", JSONError.Kind.mistyped), ("[[1],2]", "[1]", .mistyped),
    ("[[1],[2,1e999]]", "[1][1]", .invalid), ("[[1],[null]]", "[1][0]", .mistyped),
  ])
  func `an error in a list of numbers names the element`(text: String, path: String, kind: JSONError.Kind) {
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.decode([[Double]].self, from: Array(text.utf8))
    }
    #expect(error?.path == path)
    #expect(error?.kind == kind)
  }

  @Test func `lists of each scalar type are read and written`() throws {
    func expectRoundTrip<Value: Codable & Equatable>(_ value: Value, _ text: String) throws {
      #expect(try JSONCoding.encode(value) == Array(text.utf8))
      #expect(try JSONCoding.decode(Value.self, from: Array(text.utf8)) == value)
    }
    try expectRoundTrip([[1.5, -2], []], "[[1.5,-2],[]]")
    try expectRoundTrip([["a\n", ""], []], #"[["a\n",""],[]]"#)
    try expectRoundTrip([[Int.max, 0], []], "[[9223372036854775807,0],[]]")
    try expectRoundTrip([[Int64.min, 10], []], "[[-9223372036854775808,10],[]]")
    try expectRoundTrip([[true, false], []], "[[true,false],[]]")
    try expectRoundTrip([[UInt8.max, 99, 100], []], "[[255,99,100],[]]")
  }

  @Test func `a reason that a type's own initializer throws reaches the caller`() {
    struct Even: Decodable {
      init(from decoder: any Decoder) throws {
        guard try decoder.singleValueContainer().decode(Int.self) % 2 == 0 else {
          throw JSONError.invalid("Odd.")
        }
      }
    }
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.decode([Even].self, from: Array("[2,3]".utf8))
    }
    #expect(error?.kind == .invalid)
    #expect(error?.description == "[1]: Odd.")
  }

  @Test func `every integer type accepts its exact range`() throws {
    try checkRange(Int8.self)
    try checkRange(Int16.self)
    try checkRange(Int32.self)
    try checkRange(Int64.self)
    try checkRange(Int.self)
    try checkRange(UInt8.self)
    try checkRange(UInt16.self)
    try checkRange(UInt32.self)
    try checkRange(UInt64.self)
    try checkRange(UInt.self)
  }

  private func checkRange<Value: FixedWidthInteger & Codable>(_ type: Value.Type) throws {
    let ends = [Value.min, Value.max]
    #expect(try JSONCoding.decode([Value].self, from: try JSONCoding.encode(ends)) == ends)
    let beyond =
      ["99999999999999999999", "-9223372036854775809"]
      + (Value.bitWidth < 64 ? [String(Int64(Value.max) + 1), String(Int64(Value.min) - 1)] : [])
    for text in beyond {
      let error = #expect(throws: JSONError.self) {
        try JSONCoding.decode([Value].self, from: Array("[\(text)]".utf8))
      }
      #expect(error?.kind == .invalid)
    }
  }

  @Test func `a number too large for a floating-point type is refused, and one too small becomes zero`()
    throws
  {
    #expect(throws: JSONError.self) { try JSONCoding.decode(Double.self, from: Array("1e309".utf8)) }
    #expect(throws: JSONError.self) { try JSONCoding.decode(Float.self, from: Array("1e39".utf8)) }
    #expect(throws: JSONError.self) { try JSONCoding.decode(JSONValue.self, from: Array("1e309".utf8)) }
    #expect(try JSONCoding.decode(Double.self, from: Array("1e-400".utf8)) == 0)
    #expect(try JSONCoding.decode(Float.self, from: Array("0.1".utf8)) == 0.1)
  }

  @Test func `nested containers can be requested by hand`() throws {
    struct Manual: Decodable, Equatable {
      enum Keys: String, CodingKey { case outer, inner, list }
      let value: Int
      let list: [Int]
      let count: Int?
      let keys: [String]

      init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: Keys.self)
        value = try root.nestedContainer(keyedBy: Keys.self, forKey: .outer).decode(Int.self, forKey: .inner)
        var elements = try root.nestedUnkeyedContainer(forKey: .list)
        count = elements.count
        var list = [try elements.decode(Int.self)]
        var nested = try elements.nestedUnkeyedContainer()
        while !nested.isAtEnd { list.append(try nested.decode(Int.self)) }
        list.append(try elements.nestedContainer(keyedBy: Keys.self).decode(Int.self, forKey: .inner))
        self.list = list
        keys = root.allKeys.map(\.stringValue).sorted()
      }
    }
    let text = #"{"list":[1,[2,3],{"inner":4}],"outer":{"inner":7},"other":0}"#
    let value = try JSONCoding.decode(Manual.self, from: Array(text.utf8))
    #expect(value.value == 7)
    #expect(value.list == [1, 2, 3, 4])
    #expect(value.count == 3)
    #expect(value.keys == ["list", "outer"])
  }

  @Test func `reading past the end of an array is an error`() {
    struct Pair: Decodable {
      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        _ = try container.decode(Int.self)
        _ = try container.decode(Int.self)
      }
    }
    let error = #expect(throws: JSONError.self) { try JSONCoding.decode(Pair.self, from: Array("[1]".utf8)) }
    #expect(error?.path == "[1]")
  }
}
