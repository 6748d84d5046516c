import JSON
import Schema
import Service

/// A delivery that this process has claimed, with all that its request needs.
struct DueDelivery: Sendable {
  let id: Int64
  /// The number of this attempt, from 1. Only the worker that made it records its result.
  let attempt: Int
  let webhook: Target
  /// Nil where the event was removed.
  let event: EventWithPayload?

  /// The webhook of a delivery.
  struct Target: Sendable {
    let id: Int64
    let ownerID: Int64
    let url: String
    let storedSecret: String
    let active: Bool
    let failingSince: Timestamp?
    var isFailing: Bool { failingSince != nil }
  }

  /// The message's id: the same in every attempt, so that a subscriber recognizes what it has handled.
  var messageID: String { "msg_\(webhook.id)_\(event?.id ?? 0)" }
}

extension EventWithPayload {
  /// The body of a delivery, in the form that Standard Webhooks recommends.
  func deliveredBody() throws -> [UInt8] {
    let payload = try JSONCoding.decode(JSONValue.self, from: Array(payload.text.utf8))
    return try JSONCoding.encode(
      JSONValue.object([
        .init("type", .string(type)), .init("timestamp", .string(occurredAt.rfc3339)),
        .init(
          "data",
          .object([
            .init("event_id", .integer(id)), .init("source", .string(source)),
            .init("subject", .string(subject)), .init("payload", payload),
          ])),
      ]))
  }
}

/// The result of an attempt.
enum DeliveryOutcome: Sendable, Hashable {
  /// The subscriber answered with 2xx.
  case delivered(Answer)
  /// It answered with another status; `retryAfterSeconds` is what it asked for.
  case refused(Answer, retryAfterSeconds: Int64?)
  /// There was no answer, for this reason.
  case failed(String)
  /// No attempt can succeed, for this reason: it is the last one.
  case impossible(String)

  /// The part of an answer that is stored.
  struct Answer: Sendable, Hashable {
    let status: Int
    let body: String
  }

  /// The subscriber wants nothing more (410, as Standard Webhooks defines it).
  var isGone: Bool {
    if case .refused(let answer, _) = self { answer.status == 410 } else { false }
  }
}
