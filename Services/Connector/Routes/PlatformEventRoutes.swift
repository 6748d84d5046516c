import Cache
import DataAccess
import HTTP
import JSON
import Routing
import Schema
import Service

/// Receives the platform's events: signed, and only for stored channels.
///
/// An event that was answered with 202 is stored, and with 409 was stored before. Every other answer leaves it to the
/// platform's next attempt. An event is stored twice only where the first attempt could not note that it was stored: the
/// answer to its commit was lost, or its process was killed right after it.
struct PlatformEventRoutes: Sendable {
  /// `events.type` has 64 characters, minus the platform's name and a dot.
  static let maximumTypeBytes = 48
  /// The specification recommends less than 20 kB.
  static let maximumDataBytes = 64 * 1024
  /// When an attempt may be repeated behind one that is still at work.
  static let unfinishedRetrySeconds = 10

  let channels: ChannelRepository
  let signature: PlatformSignature
  let replays: ReplayGuard
  let cache: Cache
  let currentTime: @Sendable () -> Timestamp

  struct PlatformEvent: Decodable {
    let type: String
    let externalID: String
    let data: JSONObject?

    enum CodingKeys: String, CodingKey {
      case type, data
      case externalID = "external_id"
    }
  }

  func receive(_ request: Request, _ context: RequestContext) async throws -> Response {
    let now = currentTime()
    let id = try signature.verifiedID(of: request, now: now)
    let event = try await request.decode(PlatformEvent.self)
    let type = try ConnectorRules.text(event.type, named: "type", maximumBytes: Self.maximumTypeBytes)
    let externalID = try ConnectorRules.text(
      event.externalID, named: "external_id", maximumBytes: ConnectorRules.maximumAccountBytes)
    let data = try JSONText(
      (event.data ?? .empty).value, limit: Self.maximumDataBytes, field: "data")
    try await claim(id, at: now)
    do {
      guard try await channels.record(type: type, externalID: externalID, data: data, at: now) else {
        throw Problem.notFound("the channel is unknown")
      }
    } catch {
      // Where the event may have been stored, the claim stays: it refuses the next attempts for a while, and none for good.
      let mayBeStored = (error as? DatabaseError)?.mayHaveWritten ?? false
      if !mayBeStored { await replays.release(id, cache: cache) }
      throw error
    }
    await replays.accept(id, at: now, cache: cache)
    return Response(status: .accepted)
  }

  private func claim(_ id: String, at now: Timestamp) async throws(Problem) {
    switch await replays.claim(id, at: now, cache: cache) {
    case .first: break
    case .unfinished:
      throw .unavailable(
        "another attempt at this message is not finished", retryAfterSeconds: Self.unfinishedRetrySeconds)
    case .taken: throw .conflict("this message was already accepted")
    case .full:
      throw .unavailable("too many messages arrived at once", retryAfterSeconds: ReplayGuard.windowSeconds)
    }
  }
}

extension PlatformEventRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/platform-events", summary: "An event, signed by the platform", access: .anyone,
      body: ConnectorShapes.platformEvent, answer: Answer(.accepted, nil),
      problems: [.unauthorized, .notFound, .conflict, .serviceUnavailable], traits: [.signedBody, .anyQuery],
      handler: receive)
  }
}
