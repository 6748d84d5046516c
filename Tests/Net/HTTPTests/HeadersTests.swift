import Testing

@testable import HTTP

@Suite struct HeadersTests {
  @Test func `field names are case-insensitive`() {
    let headers: Headers = ["Content-Type": "a"]
    #expect(headers["content-type"] == "a")
    #expect(headers["CONTENT-TYPE"] == "a")
    #expect(headers["Content-Typ"] == nil)
    #expect(headers["Content_Type"] == nil)
  }

  @Test func `the subscript returns the first of several values, and values returns all in order`() {
    var headers: Headers = ["A": "1", "B": "2", "a": "3"]
    #expect(headers["A"] == "1")
    #expect(headers.values(of: "a") == ["1", "3"])
    #expect(headers.map(\.name) == ["A", "B", "a"])
    headers.set("A", "4")
    #expect(headers.map(\.value) == ["2", "4"])
    headers["b"] = nil
    #expect(headers.map(\.value) == ["4"])
  }

  @Test func `a name is found at each length, also in a head`() throws {
    var headers = Headers()
    for length in 1...70 {
      let name = String(repeating: "n", count: length)
      #expect(!headers.contains(name))
      headers.append(name, "\(length)")
      #expect(headers[name] == "\(length)")
    }
    headers.remove("nn")
    #expect(!headers.contains("nn") && headers.contains("n"))
    var parser = RequestParser()
    let text = "GET / HTTP/1.1\r\nHost: t\r\n\(headers.description.replacing("\n", with: "\r\n"))\r\n\r\n"
    let outcome = try Array(text.utf8).withUnsafeBytes { try parser.parse($0) }
    guard case .request(let request, _) = outcome else {
      Issue.record("the head must be complete")
      return
    }
    for length in 3...70 {
      #expect(request.headers[String(repeating: "N", count: length)] == "\(length)")
    }
    #expect(!request.headers.contains("nn") && !request.headers.contains(String(repeating: "n", count: 71)))
  }

  @Test func `a line break in a value cannot end its line`() {
    var headers = Headers()
    headers.append("X\r\nY: z", "a\r\nSet-Cookie: b\u{0}c")
    #expect(headers.count == 1)
    #expect(headers.first { _ in true }?.name == "X--Y--z")
    #expect(headers.first { _ in true }?.value == "a  Set-Cookie: b c")
  }

  @Test func `every byte is judged alike at each place of a value`() {
    var misjudged: [(byte: UInt8, place: Int, length: Int)] = []
    for length in 1...20 {
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max {
          var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
          value[place] = byte
          let isValid = value.withUnsafeBufferPointer { CharacterClass.areFieldValue($0) }
          if isValid != CharacterClass.isFieldValue(byte) { misjudged.append((byte, place, length)) }
        }
      }
    }
    #expect(misjudged.isEmpty)
    // A tab among the eight bytes that are looked at together hides no other byte.
    #expect(Array("\ta\u{1}".utf8).withUnsafeBufferPointer { !CharacterClass.areFieldValue($0) })
    #expect(
      Array("\taaaaaaaaaaaa\u{7F}aaa".utf8).withUnsafeBufferPointer { !CharacterClass.areFieldValue($0) })
    #expect(Array("\taaaaaaaaaaaaaaaa\t".utf8).withUnsafeBufferPointer { CharacterClass.areFieldValue($0) })
  }

  @Test func `a value without a string of it is the only one of its name`() {
    let headers: Headers = ["A": "1", "B": "2", "a": "3"]
    #expect(headers.bytes(of: "b") == .one(Array("2".utf8)[...]))
    #expect(headers.bytes(of: "A") == .several)
    #expect(headers.bytes(of: "c") == nil)
  }

  @Test func `headers are equal when they have the same fields in the same order`() {
    let headers: Headers = ["A": "1", "B": "2"]
    #expect(headers == ["a": "1", "b": "2"])
    #expect(headers != ["B": "2", "A": "1"])
    #expect(headers != ["A": "1"])
  }

  @Test func `a change to a request's fields does not change its target`() throws {
    var request = try Request(.get, "/a?b", headers: ["X": "1"])
    request.headers.remove("X")
    request.headers.append("Y", "2")
    #expect(request.target == "/a?b")
    #expect(request.headers == ["Y": "2"])
  }

  @Test func `a request without a valid target is refused`() {
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "no slash") }
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "") }
  }
}
