import Cryptography
import EventLoop
import HTTP
import HTTPClient
import Routing
import Schema
import Service

/// Sends one delivery: signs it, and posts it to an address that webhooks may reach.
struct DeliverySender: Sendable {
  let targets: WebhookTargets
  let secrets: WebhookSecretBox
  let timeoutSeconds: Int
  let verification: TLSVerification
  let lookUp: HostLookUp
  /// The threads that wait for subscribers. There are as many as requests at the same time, so that none waits here.
  private let queue = OffloadQueue(
    name: "webhooks", concurrency: DeliveryLimits.running, queueLimit: DeliveryLimits.running)

  init(
    targets: WebhookTargets, secrets: WebhookSecretBox,
    timeoutSeconds: Int = DeliveryLimits.timeoutSeconds,
    verification: TLSVerification = .full(authorityFile: nil),
    lookUp: @escaping HostLookUp = HTTPClient.systemLookUp
  ) {
    self.targets = targets
    self.secrets = secrets
    self.timeoutSeconds = timeoutSeconds
    self.verification = verification
    self.lookUp = lookUp
  }

  func send(_ delivery: DueDelivery, at now: Timestamp) async -> DeliveryOutcome {
    guard let event = delivery.event else { return .impossible("the event was removed") }
    let (body, url): ([UInt8], WebhookURL)
    do {
      body = try event.deliveredBody()
      url = try WebhookURL(delivery.webhook.url)
    } catch {
      return .impossible((error as? Problem)?.detail ?? "the event's payload is not JSON")
    }
    let headers: Headers
    do throws(CryptographyError) {
      headers = try self.headers(for: delivery, body, at: now)
    } catch {
      return .failed("the secret does not open with WEBHOOK_KEY: rotate it")
    }
    do throws(HTTPClientError) {
      // Redirects are answers like others: the client follows none.
      let response = try await HTTPClient.send(
        .post, url.text, headers: headers, body: body, timeoutMilliseconds: timeoutSeconds * 1_000,
        maximumResponseBytes: DeliveryLimits.responseBytes, verification: verification,
        by: lookUp, admitting: targets.filter(for: url), on: queue)
      return Self.outcome(of: response)
    } catch {
      return .failed("\(error)")
    }
  }

  private func headers(
    for delivery: DueDelivery, _ body: [UInt8], at now: Timestamp
  ) throws(CryptographyError) -> Headers {
    let keys = try secrets.signingKeys(
      delivery.webhook.storedSecret, ownerID: delivery.webhook.ownerID, at: now)
    let second = now.secondsSinceEpoch
    return [
      "Content-Type": "application/json", "User-Agent": "Bulkhead/\(ServiceVersion.current)",
      "webhook-id": delivery.messageID, "webhook-timestamp": "\(second)",
      "webhook-signature": WebhookSignature.value(
        id: delivery.messageID, second: second, body: body, keys: keys),
    ]
  }

  static func outcome(of response: Response) -> DeliveryOutcome {
    let answer = DeliveryOutcome.Answer(
      status: response.status.code, body: storable(response.body, DeliveryLimits.storedBodyScalars))
    if (200..<300).contains(answer.status) { return .delivered(answer) }
    let asked = response.headers["Retry-After"].flatMap { Int64($0) }
    return .refused(answer, retryAfterSeconds: asked.map { max(0, $0) })
  }

  /// The beginning of a text that a stranger sent, without what no column stores and no terminal should show.
  private static func storable(_ bytes: [UInt8], _ scalars: Int) -> String {
    let text = String(decoding: bytes.prefix(4 * scalars), as: UTF8.self)
    let shown = text.unicodeScalars.lazy.map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(shown.prefix(scalars)))
  }
}
