import Routing
import Service

/// The shapes of the connector's bodies. Requests are held to them, and the API document is made of them.
enum ConnectorShapes {
  private static let eventTypes = DataShape.items(
    .text(1...64, example: "integration.*"), count: 1...ConnectorRules.maximumEventTypes)
  private static let url = DataShape.text(
    1...WebhookURL.maximumBytes, format: "uri", example: "https://example.org/hook")
  private static let account = DataShape.text(1...ConnectorRules.maximumAccountBytes, example: "ada")
  private static let provider = DataShape.text(
    1...ConnectorRules.maximumProviderBytes, example: "github")

  static let newIntegration = DataShape.named(
    "NewIntegration",
    .object([
      .init("provider", provider), .init("external_account", account),
      .init("config", .anything, isRequired: false, summary: "any document of at most 16 KiB"),
    ]))
  static let integrationPatch = DataShape.named(
    "IntegrationPatch",
    .object([
      .init("status", .choice(Integration.statuses), isRequired: false),
      .init("config", .anything, isRequired: false),
    ]))
  static let integration = DataShape.named(
    "Integration",
    .object([
      .init("id", .integer), .init("provider", .string), .init("external_account", .string),
      .init("status", .string), .init("config", .anything), .init("created_at", .timestamp),
      .init("updated_at", .timestamp),
    ]))

  static let newWebhook = DataShape.named(
    "NewWebhook",
    .object([
      .init("url", url, summary: "a server of the public internet"),
      .init("event_types", eventTypes, summary: "types, prefixes such as `integration.*`, or `*`"),
    ]))
  static let webhookPatch = DataShape.named(
    "WebhookPatch",
    .object([
      .init("url", url, isRequired: false), .init("event_types", eventTypes, isRequired: false),
      .init("active", .boolean, isRequired: false, summary: "true switches it on again"),
    ]))
  private static let webhookFields: [DataShape.Field] = [
    .init("id", .integer), .init("url", .string), .init("event_types", .list(.string)),
    .init("active", .boolean), .init("disabled_reason", .optional(.string)), .init("created_at", .timestamp),
    .init("updated_at", .timestamp),
  ]
  static let webhook = DataShape.named("Webhook", .object(webhookFields))
  static let registeredWebhook = DataShape.named(
    "RegisteredWebhook",
    .object(webhookFields + [.init("secret", .string, summary: "the key of the signatures, shown once")]))
  static let delivery = DataShape.named(
    "Delivery",
    .object([
      .init("id", .integer), .init("event_id", .integer), .init("attempt", .integer),
      .init("status", .string), .init("next_attempt_at", .optional(.timestamp)),
      .init("response_status", .optional(.integer)),
      .init("response_body", .optional(.string), summary: "the beginning of the answer"),
      .init("failure", .optional(.string), summary: "why there was no answer"),
      .init("updated_at", .timestamp),
    ]))
  static let requested = DataShape.object([.init("type", .string)])

  static let newChannel = DataShape.named(
    "NewChannel",
    .object([.init("channel", account), .init("settings", .anything, isRequired: false)]))
  static let channel = DataShape.named(
    "Channel",
    .object([
      .init("id", .integer), .init("platform", .string), .init("channel", .string),
      .init("external_id", .string), .init("settings", .anything), .init("updated_at", .timestamp),
    ]))
  /// Platforms add fields to their events as they like.
  static let platformEvent = DataShape.named(
    "PlatformEvent",
    .open([
      .init("type", .text(1...PlatformEventRoutes.maximumTypeBytes, example: "stream.online")),
      .init("external_id", account), .init("data", .anything, isRequired: false),
    ]))
}
