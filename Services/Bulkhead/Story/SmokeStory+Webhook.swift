import Cryptography
import Encoding
import Foundation
import HTTP
import JSON

extension SmokeStory {
  /// The connector reads the event of one request from the log, and delivers it to a subscriber of the story's own.
  func deliverWebhook(_ token: String) async throws {
    try await StorySubscriber.listen { subscriber, address in
      let client = connector.signedIn(token)
      let hook: JSONValue = ["url": .string("http://\(address)/story"), "event_types": ["integration.*"]]
      let made = try await client.post("/v1/webhooks", hook)
      try expect(201, made, "the member registers a webhook, and gets its secret")
      guard let id = made.body["id"]?.integer, let secret = made.body["secret"]?.string else {
        throw ToolError("POST /v1/webhooks: the response has no id or no secret: \(made.body)")
      }
      try expect(
        202, try await client.post("/v1/webhooks/\(id)/test", .object([])), "and asks for a test event")
      _ = try await waitForEvent { !subscriber.deliveries.isEmpty }
      guard let delivery = subscriber.deliveries.first else {
        throw ToolError("no delivery came to \(address): see the connector's log and docs/webhooks.md")
      }
      guard Self.isSigned(delivery, with: secret) else {
        throw ToolError("the delivery to \(address) has no signature that the webhook's secret verifies")
      }
      printStep("the connector delivers it, signed by the Standard Webhooks specification")
    }
  }

  private static func isSigned(_ request: Request, with secret: String) -> Bool {
    guard let key = Base64.decode(secret.dropFirst("whsec_".count)), let id = request.headers["webhook-id"],
      let moment = request.headers["webhook-timestamp"],
      let signature = request.headers["webhook-signature"]
    else { return false }
    let expected = HMAC.sha256(Array("\(id).\(moment).".utf8) + request.body, key: key)
    return signature == "v1,\(Base64.encode(expected))"
  }
}
