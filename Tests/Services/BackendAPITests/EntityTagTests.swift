import HTTP
import Routing
import Testing

@testable import backend_api

/// Conditional requests after RFC 9110, sections 8.8.3 and 13.1.
@Suite struct EntityTagTests {
  private func precondition(_ headers: Headers) throws -> Precondition {
    Precondition(try Request(.put, "/v1/settings/a", headers: headers))
  }

  @Test func `without a condition every write is allowed`() throws {
    let none = try precondition([:])
    #expect(none.allows(nil) && none.allows("\"1\""))
    #expect(!none.isKnown("\"1\""))
  }

  @Test func `a star requires that the resource exists, or that it does not`() throws {
    #expect(try precondition(["If-Match": "*"]).allows("\"1\""))
    #expect(try !precondition(["If-Match": " * "]).allows(nil))
    #expect(try precondition(["If-None-Match": "*"]).allows(nil))
    #expect(try !precondition(["If-None-Match": "*"]).allows("\"1\""))
  }

  @Test(arguments: [
    "\"3\"", " \"3\" ", "\"1\",\"3\"", "\"1\" ,\t\"3\"", "\"a,b\", \"3\"", ", ,\"3\",", "W/\"9\", \"3\"",
  ])
  func `a list matches each of its tags`(value: String) throws {
    #expect(try precondition(["If-Match": value]).allows("\"3\""))
    #expect(try !precondition(["If-Match": value]).allows("\"2\""))
    #expect(try !precondition(["If-Match": value]).allows(nil))
  }

  @Test(arguments: [
    "3", "\"+3\"", "\"03\"", "\" 3\"", "\"3", "3\"", "\"3\"x", "x\"3\"", "W/\"3\"", "w/\"3\"", "", ",",
    "\"1,\"3\"", "\"*\"", "\"３\"",
  ])
  func `another tag or a malformed one matches nothing`(value: String) throws {
    #expect(try !precondition(["If-Match": value]).allows("\"3\""))
  }

  @Test func `several fields are one list`() throws {
    let headers = Headers([("If-Match", "\"1\""), ("If-Match", "\"3\"")])
    #expect(try precondition(headers).allows("\"3\""))
    #expect(try precondition(headers).allows("\"1\""))
  }

  @Test func `both conditions must hold when both are present`() throws {
    let both = try precondition(["If-Match": "*", "If-None-Match": "\"2\""])
    #expect(both.allows("\"1\""))
    #expect(!both.allows("\"2\""))
    #expect(!both.allows(nil))
  }

  @Test func `a weak tag matches for a reader and never for a writer`() throws {
    #expect(try precondition(["If-None-Match": "W/\"3\""]).isKnown("\"3\""))
    #expect(try !precondition(["If-Match": "W/\"3\""]).isMatched(by: "\"3\""))
  }
}
