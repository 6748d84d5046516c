import Cache
import HTTP
import JSON
import Routing
import Schema
import Service

/// What the platform itself sends: signed, taken once, and only for channels that are ours.
struct PlatformEventHandlers: Sendable {
  /// `events.type` has 64 characters, of which the platform's name and a dot take some.
  static let maximumTypeBytes = 48

  let channels: ChannelRepository
  let signature: PlatformSignature
  let replays: ReplayGuard
  let cache: Cache
  let currentTime: @Sendable () -> Timestamp

  struct PlatformEvent: Decodable {
    let type: String
    let externalID: String
    let data: [String: JSONValue]?

    enum CodingKeys: String, CodingKey {
      case type, data
      case externalID = "external_id"
    }
  }

  func receive(_ request: Request, _ context: RequestContext) async throws -> Response {
    let now = currentTime()
    let id = try signature.verifiedID(of: request, now: now)
    let event = try request.decode(PlatformEvent.self)
    let type = try ConnectorRules.text(event.type, named: "type", maximumBytes: Self.maximumTypeBytes)
    let externalID = try ConnectorRules.text(
      event.externalID, named: "external_id", maximumBytes: ConnectorRules.maximumAccountBytes)
    guard await replays.claim(id, at: now, cache: cache) else {
      throw Problem.conflict("this message was taken already")
    }
    do {
      guard try await channels.record(type: type, externalID: externalID, data: event.data ?? [:], at: now)
      else {
        throw Problem.notFound("no such channel here")
      }
    } catch {
      await replays.release(id, cache: cache)
      throw error
    }
    return Response(status: .accepted)
  }
}
