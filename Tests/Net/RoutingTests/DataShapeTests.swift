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
    #expect(fields(value) == ["email", "age", "tags", "place.city", "place.zip", "extra"])
    #expect(fields(["email": "a@b", "tags": ["c", 1]]) == ["tags[0]", "tags[1]"])
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

  @Test func `a list with a wrong count has one error, and its elements none`() {
    let tags = JSONValue.array(Array(repeating: 1, count: 10_000))
    #expect(fields(["email": "a@b", "tags": tags]) == ["tags"])
    #expect(fields(["email": "a@b", "tags": []]) == ["tags"])
  }

  @Test func `the errors end at their limit, in lists and in objects`() {
    let list = DataShape.list(.object([.init("a", .string)]))
    let elements = JSONValue.array(Array(repeating: ["b": 1], count: 10_000))
    var errors = FieldErrors()
    list.check(elements, into: &errors)
    #expect(errors.isFull && errors.list.count == FieldErrors.maximum)
    #expect(errors.list.last?.field == "[15].b")
    var few = FieldErrors()
    list.check([["b": 1]], into: &few)
    #expect(!few.isFull && few.list.map(\.field) == ["[0].a", "[0].b"])
  }

  @Test func `of an object with too many members none is named`() throws {
    func person(others: Int) -> JSONValue {
      .object((0..<others).map { .init("x\($0)", 1) } + [.init("email", "ab")])
    }
    let named = shape.errors(in: person(others: FieldErrors.maximum - 1))
    #expect(named.first?.field == "email" && named.count == FieldErrors.maximum)
    let crowded = try #require(shape.errors(in: person(others: 100)).first)
    #expect(shape.errors(in: person(others: 100)).count == 1)
    #expect(crowded.field.isEmpty)
    #expect(crowded.detail == "must have no other fields than email, age, tags, place, any")
  }

  @Test func `a shape has a size where every part has a bound`() {
    // {"a":"..."} with every character as two escapes.
    #expect(DataShape.object([.init("a", .text(0...10))]).maximumBytes == 2 + 14 + 2 + 122)
    #expect(DataShape.items(.boolean, count: 0...3).maximumBytes == 2 + 3 * 6)
    #expect(DataShape.optional(.choice([])).maximumBytes == 4)
    let bounded = DataShape.named("N", .object([.init("a", .range(0...9)), .init("b", .date)]))
    #expect(bounded.maximumBytes != nil)
    for shape in [
      DataShape.anything, .string, .number, .list(.boolean), .open([]), .text(0...Int.max),
      .items(.text(0...1_000_000), count: 0...1_000_000), .optional(.anything), .items(.string, count: 0...1),
      .object([.init("a", .boolean), .init("b", .anything)]),
    ] { #expect(shape.maximumBytes == nil, "\(shape)") }
  }

  @Test func `a client's name appears shortened and without control characters`() throws {
    let name = String(repeating: "x", count: 100) + "\n"
    let error = try #require(shape.errors(in: .object([.init("email", "a@b"), .init(name, 1)])).first)
    #expect(error.field.count == 64)
    #expect(fields(.object([.init("email", "a@b"), .init("\u{1B}[1m", 1)])) == ["[1m"])
    #expect(fields(.object([.init("email", "a@b"), .init("a\u{202E}\u{2028}b", 1)])) == ["ab"])
    let long = FieldError(String(repeating: "n", count: 500), String(repeating: "d", count: 5_000))
    #expect(long.field.count == FieldError.maximumFieldCharacters)
    #expect(long.detail.count == FieldError.maximumDetailCharacters)
  }
}
