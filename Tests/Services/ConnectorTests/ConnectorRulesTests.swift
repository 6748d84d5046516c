import JSON
import Routing
import Schema
import Testing

@testable import connector

@Suite struct ConnectorRulesTests {
  @Test func `a text has a size limit in bytes and no control characters`() throws {
    #expect(try ConnectorRules.text("ü🐘", named: "provider", maximumBytes: 6) == "ü🐘")
    for bad in ["", "ü🐘x", "a\u{0}", "\n", "a\u{7F}", "a\u{85}"] {
      let refusal = #expect(throws: Problem.self) {
        try ConnectorRules.text(bad, named: "provider", maximumBytes: 6)
      }
      #expect(refusal?.errors.first?.field == "provider")
    }
  }

  @Test func `a status is one of the known values`() throws {
    for status in Integration.statuses { #expect(try ConnectorRules.status(status) == status) }
    #expect(throws: Problem.self) { try ConnectorRules.status("Active") }
  }

  @Test func `event types are a list of one to fifty known names, prefixes or a star`() throws {
    #expect(try ConnectorRules.eventTypes(["user.updated", "*"]).text == #"["user.updated","*"]"#)
    let many = [String](repeating: "setting.*", count: ConnectorRules.maximumEventTypes)
    #expect(try ConnectorRules.eventTypes(many).text.isEmpty == false)
    for bad in [
      [], many + ["*"], [""], ["a"], ["user.deleted"], ["owner.removed"], ["channel.stored"],
      ["webhook.test"],
      ["User.updated"], ["user"], ["user."], ["user.u*"], ["use*"], ["**"], ["*.*"], [".*"], ["nothing.*"],
      ["user.updated", "nothing"], ["user.updated\n"],
    ] {
      let refusal = #expect(throws: Problem.self, "\(bad)") { try ConnectorRules.eventTypes(bad) }
      #expect(refusal?.errors.first?.field == "event_types")
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
      responseBody: nil, failure: nil, updatedAt: moment)
    #expect(
      String(decoding: try JSONCoding.encode(webhook), as: UTF8.self)
        == #"{"id":1,"url":"https://example.org","event_types":["a"],"active":true,"disabled_reason":null,"#
        + #""created_at":"1970-01-01T00:00:00Z","updated_at":"1970-01-01T00:00:00Z"}"#)
    #expect(
      String(decoding: try JSONCoding.encode(delivery), as: UTF8.self)
        == #"{"id":1,"event_id":2,"attempt":0,"status":"pending","next_attempt_at":null,"#
        + #""response_status":null,"response_body":null,"failure":null,"updated_at":"1970-01-01T00:00:00Z"}"#)
  }
}
