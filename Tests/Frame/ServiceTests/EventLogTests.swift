import DataAccess
import JSON
import Routing
import Schema
import Testing

@testable import Service

@Suite struct EventLogTests {
  @Test func `an event without a payload has an empty document`() throws {
    #expect(try EventLog.document([:]) == .emptyObject)
  }

  @Test func `a payload is stored as JSON`() throws {
    let payload: [String: JSONValue] = ["a": 1, "b": [.null, "ü\"\u{1}"], "c": .double(0.5)]
    let document = try EventLog.document(payload)
    let read = try JSONCoding.decode([String: JSONValue].self, from: Array(document.text.utf8))
    #expect(read == payload)
    #expect(!document.text.utf8.contains(0))
  }

  @Test func `a payload with U+0000 in a name or a value is refused as out of range`() {
    for payload in [["a\u{0}": 1], ["a": "\u{0}"], ["a": [["b\u{0}": 1]]]] as [[String: JSONValue]] {
      let error = #expect(throws: DatabaseError.self) { try EventLog.document(payload) }
      #expect(error?.kind == .valueOutOfRange)
    }
  }

  @Test func `a payload that cannot be encoded fails the transaction`() {
    #expect(throws: DatabaseError.self) { try EventLog.document(["a": .double(.nan)]) }
  }

  @Test func `a subject has at most 64 scalars, counted as the engines count`() {
    #expect(EventLog.Subject.id(.max).text == "9223372036854775807")
    #expect(EventLog.Subject.name("channel-1").text == "channel-1")
    let long = EventLog.Subject.name(String(repeating: "👨‍👩‍👧", count: 40)).text
    #expect(long.unicodeScalars.count == EventLog.Subject.maximumScalars)
    let column = Events.definition.columns.first { $0.name == "subject" }
    #expect(column?.type == .varchar(EventLog.Subject.maximumScalars))
  }

  @Test func `a stored document that is not JSON makes its row unreadable`() throws {
    #expect(try JSONValue(stored: JSONText(#"{"a":1}"#), in: \Events.payload) == ["a": 1])
    // Earlier releases stored this character.
    #expect(try JSONValue(stored: JSONText(#""\u0000""#), in: \Events.payload) == "\u{0}")
    let error = #expect(throws: DatabaseError.self) {
      try JSONValue(stored: JSONText("{broken"), in: \Events.payload)
    }
    #expect(error?.row == UnreadableRow(table: "events", column: "payload"))
    #expect(error?.description.contains("broken") == false)
  }

  @Test func `a document with U+0000 gets 422`() {
    for value in ["\u{0}", ["a\u{0}": 1], [["b": ["\u{0}"]]]] as [JSONValue] {
      let refusal = #expect(throws: Problem.self) { try JSONText(value, limit: 100) }
      #expect(refusal?.status == .unprocessableContent)
    }
  }

  @Test func `a value that is nested too deeply to be read in a page is refused before it is stored`() throws
  {
    func nested(_ levels: Int) -> JSONValue { (0..<levels).reduce(1) { value, _ in ["a": value] } }
    let deepest = nested(JSONText.maximumDepth)
    #expect(try JSONText(deepest, limit: 1000).text.hasPrefix(#"{"a":{"#))
    #expect(try EventLog.document(["a": nested(JSONText.maximumDepth - 1)]).text.hasPrefix(#"{"a":{"#))
    let page = try JSONCoding.encode(["items": [["value": deepest]]] as JSONValue)
    #expect(try JSONCoding.decode(JSONValue.self, from: page)["items"]?[0]?["value"] == deepest)
    let refusal = #expect(throws: Problem.self) {
      try JSONText(nested(JSONText.maximumDepth + 1), limit: 1000, field: "value")
    }
    #expect(refusal?.status == .unprocessableContent)
    let error = #expect(throws: DatabaseError.self) { try EventLog.document(["a": deepest]) }
    #expect(error?.kind == .valueOutOfRange)
  }

  @Test func `a document that is too long gets 422`() throws {
    #expect(try JSONText("abc", limit: 5).text == #""abc""#)
    let refusal = #expect(throws: Problem.self) { try JSONText("abcd", limit: 5) }
    #expect(refusal?.status == .unprocessableContent)
  }
}
