import JSON
import Routing
import Schema
import Testing

@testable import connector

@Suite struct ConnectorRulesTests {
  @Test(arguments: [
    "https://example.org", "http://example.org/hook?a=b#c", "HTTPS://Example.org:8443/x", "https://1.2.3.4",
    "https://[::1]:8080/", "https://[2001:db8::1]", "https://a-b_c.example", "https://example.org/@user",
    "https://example.org:65535",
  ])
  func `a URL with a scheme and a host is stored unchanged`(url: String) throws {
    #expect(try WebhookURL.checked(url) == url)
  }

  @Test(arguments: [
    "", "x", "https:", "https:/example.org", "https://", "https:///path", "https://?a", "https://#",
    "ftp://example.org", "javascript:alert(1)", "file:///etc/passwd", "://example.org", "https//example.org",
    "https://user@example.org", "https://user:pass@example.org", "https://:443", "https://example.org:",
    "https://example.org:0", "https://example.org:65536", "https://example.org:+80", "https://example.org:a",
    "https://[::1", "https://[]", "https://[::1]x", "https://[fe80::1%25eth0]", "https://exa mple.org",
    "https://example.org/\n", "https://example.org/\u{0}", "https://exämple.org",
    "https://example.org\\@evil.org", "https://example.org/a\\b",
    "https://a:1:2", "https://evil.org%2F@example.org",
  ])
  func `a URL that cannot be called or could be misread gets 422`(url: String) {
    let refusal = #expect(throws: Problem.self) { try WebhookURL.checked(url) }
    #expect(refusal?.status == .unprocessableContent)
  }

  @Test func `a URL has at most 2048 bytes`() throws {
    let longest = "https://example.org/" + String(repeating: "a", count: 2028)
    #expect(try WebhookURL.checked(longest).utf8.count == WebhookURL.maximumBytes)
    #expect(throws: Problem.self) { try WebhookURL.checked(longest + "a") }
  }

  @Test func `a text has a size limit in bytes and no control characters`() throws {
    #expect(try ConnectorRules.text("ü🐘", named: "provider", maximumBytes: 6) == "ü🐘")
    for bad in ["", "ü🐘x", "a\u{0}", "\n", "a\u{7F}", "a\u{85}"] {
      let refusal = #expect(throws: Problem.self) {
        try ConnectorRules.text(bad, named: "provider", maximumBytes: 6)
      }
      #expect(refusal?.extensions.first?.value == .string("provider"))
    }
  }

  @Test func `a status is one of the known values`() throws {
    for status in Integration.statuses { #expect(try ConnectorRules.status(status) == status) }
    #expect(throws: Problem.self) { try ConnectorRules.status("Active") }
  }

  @Test func `event types are a list of one to fifty short names`() throws {
    #expect(try ConnectorRules.eventTypes(["user.created", "a\"b"]).text == #"["user.created","a\"b"]"#)
    let many = [String](repeating: "a", count: ConnectorRules.maximumEventTypes)
    #expect(try ConnectorRules.eventTypes(many).text.isEmpty == false)
    for bad in [[], many + ["a"], [""], ["a\nb"], [String(repeating: "a", count: 65)]] {
      #expect(throws: Problem.self) { try ConnectorRules.eventTypes(bad) }
    }
  }

  @Test func `a webhook and its deliveries are encoded with every field, with null for a missing value`()
    throws
  {
    let moment = Timestamp(secondsSinceEpoch: 0)
    let webhook = Webhook(
      id: 1, url: "https://example.org", eventTypes: ["a"], active: true, disabledReason: nil,
      createdAt: moment, updatedAt: moment)
    let delivery = WebhookDelivery(
      id: 1, eventID: 2, attempt: 0, status: "pending", nextAttemptAt: nil, responseStatus: nil,
      updatedAt: moment)
    #expect(
      String(decoding: try JSONCoding.encode(webhook), as: UTF8.self)
        == #"{"id":1,"url":"https://example.org","event_types":["a"],"active":true,"disabled_reason":null,"#
        + #""created_at":"1970-01-01T00:00:00Z","updated_at":"1970-01-01T00:00:00Z"}"#)
    #expect(
      String(decoding: try JSONCoding.encode(delivery), as: UTF8.self)
        == #"{"id":1,"event_id":2,"attempt":0,"status":"pending","next_attempt_at":null,"#
        + #""response_status":null,"updated_at":"1970-01-01T00:00:00Z"}"#)
  }
}
