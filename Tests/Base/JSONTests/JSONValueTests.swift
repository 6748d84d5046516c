import Foundation
import JSON
import Testing

@Suite struct JSONValueTests {
  private let document: JSONValue = [
    "name": "a", "count": 3, "ratio": 1.5, "on": true, "none": nil, "list": [1, "two", [:]],
  ]

  @Test func `a value is written in its own order and reads back equal`() throws {
    let bytes = try JSONCoding.encode(document)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"name":"a","count":3,"ratio":1.5,"on":true,"none":null,"list":[1,"two",{}]}"#)
    #expect(try JSONCoding.decode(JSONValue.self, from: bytes) == document)
  }

  @Test func `an accessor returns its part, or nil for a missing part or another type`() {
    #expect(document["name"]?.string == "a")
    #expect(document["count"]?.integer == 3)
    #expect(document["on"]?.bool == true)
    #expect(document["list"]?[1]?.string == "two")
    #expect(document["list"]?[3] == nil)
    #expect(document["list"]?[-1] == nil)
    #expect(document["missing"] == nil)
    #expect(document["name"]?["x"] == nil)
    #expect(document["name"]?.integer == nil)
  }

  @Test func `a value is codable inside other types, and an integer beyond Int64 keeps its digits`() throws {
    struct Row: Codable, Equatable { let payload: JSONValue; let rest: [JSONValue] }
    let text = #"{"payload":{"a":[1]},"rest":[18446744073709551616]}"#
    let row = try JSONCoding.decode(Row.self, from: Array(text.utf8))
    #expect(row.payload == .object(["a": [1]]))
    guard case .decimal(let number) = row.rest[0] else {
      Issue.record("\(row.rest)")
      return
    }
    #expect(number.text == "18446744073709551616" && number.double == 18_446_744_073_709_551_616)
    #expect(try JSONCoding.encode(row) == Array(text.utf8))
  }

  @Test func `Foundation's coders read and write a value`() throws {
    let data = try JSONEncoder().encode(document)
    #expect(try JSONDecoder().decode(JSONValue.self, from: data).canonical == document.canonical)
  }
}
