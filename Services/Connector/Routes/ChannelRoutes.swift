import HTTP
import JSON
import Routing
import Schema
import Service

/// The channels that the platform's trigger watches.
struct ChannelRoutes: Sendable {
  let channels: ChannelRepository
  let currentTime: @Sendable () -> Timestamp

  struct NewChannel: Decodable {
    let channel: String
    let settings: JSONValue?
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let page = try PageRequest(request)
    let found = try await channels.channels(after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit)
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    guard let found = try await channels.channel(externalID: externalID(context)) else {
      throw Problem.notFound()
    }
    return try .read(found, for: request)
  }

  func put(_ request: Request, _ context: RequestContext) async throws -> Response {
    let externalID = try externalID(context)
    let body = try await request.decode(NewChannel.self)
    let channel = try ConnectorRules.text(
      body.channel, named: "channel", maximumBytes: ConnectorRules.maximumAccountBytes)
    let settings = try JSONText(
      body.settings ?? .object([:]), limit: ConnectorRules.maximumDocumentBytes, field: "settings")
    let stored = try await channels.put(
      externalID: externalID, channel: channel, settings: settings, by: EventAuthor(context, request),
      at: currentTime())
    return stored.isNew ? try .created(stored.channel, location: request.path) : try .json(stored.channel)
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let removed = try await channels.delete(
      externalID: externalID(context), by: EventAuthor(context, request), at: currentTime())
    guard removed else { throw Problem.notFound() }
    return .noContent()
  }

  private func externalID(_ context: RequestContext) throws(Problem) -> String {
    try ConnectorRules.text(
      context.parameters["external_id"] ?? "", named: "external_id",
      maximumBytes: ConnectorRules.maximumAccountBytes)
  }
}

extension ChannelRoutes {
  func add(to router: inout Router) {
    router.get(
      "/v1/channels", summary: "The channels of this platform", access: .signedIn,
      query: PageRequest.parameters, answer: Answer(.ok, .page(ConnectorShapes.channel)), handler: list)
    router.get(
      "/v1/channels/{external_id}", summary: "One channel", access: .signedIn,
      answer: Answer(.ok, ConnectorShapes.channel), problems: [.unprocessableContent],
      traits: .conditional, handler: read)
    router.put(
      "/v1/channels/{external_id}", summary: "Store a channel", access: .operators,
      body: ConnectorShapes.newChannel,
      answer: Answer(.ok, ConnectorShapes.channel, orCreating: .created), handler: put)
    router.delete(
      "/v1/channels/{external_id}", summary: "Remove a channel", access: .operators,
      problems: [.unprocessableContent], handler: delete)
  }
}
