import JSON
import Routing
import Testing

@Suite struct DataShapeTests {
  private let shape = DataShape.named(
    "Person",
    .object([
      .init("email", .text(3...8)), .init("age", .range(0...150), isRequired: false),
      .init("tags", .items(.choice(["a", "b"]), count: 1...2), isRequired: false),
      .init("place", .optional(.object([.init("city", .string)])), isRequired: false),
      .init("any", .anything, isRequired: false),
    ]))

  private func fields(_ value: JSONValue) -> [String] { shape.errors(in: value).map(\.field) }

  @Test func `a value of the shape has no errors`() {
    #expect(fields(["email": "a@b"]) == [])
    #expect(fields(["email": "a@b", "age": 150, "tags": ["a"], "place": nil, "any": [1, nil]]) == [])
    #expect(fields(["email": "a@b", "place": ["city": ""]]) == [])
  }

  @Test func `every wrong field is named at once, with its place`() {
    let value: JSONValue = [
      "email": "ab", "age": 151, "tags": ["a", "c", 1], "place": ["city": 1, "zip": 2], "extra": true,
    ]
    #expect(
      fields(value) == ["email", "age", "tags[1]", "tags[2]", "tags", "place.city", "place.zip", "extra"])
    #expect(fields([:]) == ["email"])
    #expect(fields(["email": nil]) == ["email"])
    #expect(fields([1]) == [""])
  }

  @Test func `the length counts characters as JSON Schema does, and bytes never refuse more`() {
    #expect(fields(["email": "ééééé"]) == [])
    #expect(fields(["email": "ééééééééé"]) == ["email"])
    #expect(fields(["email": "é"]) == ["email"])
    #expect(fields(["email": "👩‍👧"]) == [])
  }

  @Test func `an open object takes further members`() {
    #expect(DataShape.open([.init("a", .string)]).errors(in: ["a": "", "b": 1]).isEmpty)
    #expect(!DataShape.object([.init("a", .string)]).errors(in: ["a": "", "b": 1]).isEmpty)
  }

  @Test func `a client's name appears shortened and without control characters`() throws {
    let name = String(repeating: "x", count: 100) + "\n"
    let error = try #require(shape.errors(in: .object([.init("email", "a@b"), .init(name, 1)])).first)
    #expect(error.field.count == 64)
    #expect(fields(.object([.init("email", "a@b"), .init("\u{1B}[1m", 1)])) == ["[1m"])
  }
}
