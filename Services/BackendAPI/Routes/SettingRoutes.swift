import HTTP
import JSON
import Routing
import Schema
import Service

/// A user's own settings, with optimistic concurrency by ETag.
struct SettingRoutes: Sendable {
  static let maximumNameBytes = 64
  static let maximumValueBytes = 16 * 1024

  let settings: SettingRepository
  let currentTime: @Sendable () -> Timestamp

  struct NewValue: Decodable {
    let value: JSONValue
  }

  struct List: Encodable {
    let items: [Setting]
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    return try .json(List(items: try await settings.settings(of: principal.userID)))
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    guard let setting = try await settings.setting(name(context), of: principal.userID) else {
      throw Problem.notFound()
    }
    let precondition = Precondition(request)
    guard precondition.isMatched(by: setting.entityTag) else { throw outdated }
    if precondition.isKnown(setting.entityTag) {
      return Response(status: .notModified, headers: ["ETag": setting.entityTag])
    }
    return try answer(setting)
  }

  func put(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let name = try name(context)
    let value = try JSONText(
      try await request.decode(NewValue.self).value, limit: Self.maximumValueBytes, field: "value")
    let outcome = try await settings.put(
      name, of: principal.userID, value: value, if: Precondition(request), provenBy: context.sessionProof,
      by: EventAuthor(context, request), at: currentTime())
    switch outcome {
    case .created(let setting):
      return try answer(setting, status: .created)
    case .replaced(let setting):
      return try answer(setting)
    case .limitReached:
      throw Problem.unprocessable(
        "a user may have at most \(SettingRepository.maximumPerUser) settings", code: .limitReached)
    case .versionExhausted:
      throw Problem.conflict(
        "the setting's version cannot grow any further: delete the setting and store it again")
    case .signedOut:
      throw Problem.unauthorized()
    case .ownerGone:
      throw Problem.notFound()
    case .preconditionFailed:
      throw outdated
    }
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let outcome = try await settings.remove(
      name(context), of: principal.userID, if: Precondition(request), by: EventAuthor(context, request),
      at: currentTime())
    switch outcome {
    case .removed: return .noContent()
    case .preconditionFailed: throw outdated
    case .absent: throw Problem.notFound()
    }
  }

  private func name(_ context: RequestContext) throws(Problem) -> String {
    guard let name = context.parameters["name"], (1...Self.maximumNameBytes).contains(name.utf8.count),
      name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else {
      throw .unprocessable(
        "a setting's name must have 1 to \(Self.maximumNameBytes) bytes and no control characters")
    }
    return name
  }

  private var outdated: Problem {
    .preconditionFailed("the setting does not have the requested version")
  }

  private func answer(_ setting: Setting, status: Status = .ok) throws -> Response {
    var response = try Response.json(setting, status: status)
    response.headers.set("ETag", setting.entityTag)
    return response
  }
}

extension SettingRoutes {
  func add(to router: inout Router) {
    router.get(
      "/v1/settings", summary: "All settings of the user", access: .signedIn,
      answer: Answer(.ok, BackendShapes.settings), handler: list)
    router.get(
      "/v1/settings/{name}", summary: "One setting, with its ETag", access: .signedIn,
      answer: Answer(.ok, BackendShapes.setting), problems: [.unprocessableContent], traits: .conditional,
      handler: read)
    router.put(
      "/v1/settings/{name}", summary: "Store a setting (If-Match)", access: .signedIn,
      body: BackendShapes.newValue,
      answer: Answer(.ok, BackendShapes.setting, orCreating: .created), problems: [.conflict],
      traits: [.conditional, .sessionProof], handler: put)
    router.delete(
      "/v1/settings/{name}", summary: "Remove a setting (If-Match)", access: .signedIn,
      problems: [.unprocessableContent], traits: .conditional, handler: delete)
  }
}
