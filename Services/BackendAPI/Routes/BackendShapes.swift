import Routing
import Service

/// The shapes of backend-api's bodies. Requests are held to them, and the API document is made of them.
enum BackendShapes {
  private static let email = DataShape.text(
    3...UserRules.maximumEmailBytes, format: "email", example: "ada@example.org")
  private static let newPassword = DataShape.text(
    UserRules.minimumPasswordCharacters...UserRules.maximumPasswordBytes, format: "password",
    example: "correct horse battery")

  /// A guess may be far longer than a password, and gets the same answer as a shorter one. The bound keeps the largest
  /// sign-in among the bodies that a loop decodes: a stranger could fill the queue of larger ones.
  private static let password = DataShape.text(0...4_096, example: "correct horse battery")

  /// A text that is compared with a stored one, and longer than any of those. The bound also bounds the body.
  private static func example(_ text: String) -> DataShape { .text(0...1_024, example: text) }

  static let newUser = DataShape.named(
    "NewUser", .object([.init("email", email), .init("password", newPassword)]))
  static let patch = DataShape.named(
    "UserPatch",
    .object([
      .init("email", email, isRequired: false), .init("password", newPassword, isRequired: false),
      .init("active", .boolean, isRequired: false, summary: "for operators"),
      .init("role", .choice(UserRules.roles), isRequired: false, summary: "for operators"),
      .init("current_password", password, isRequired: false, summary: "for every field but itself"),
    ]))
  static let departure = DataShape.named(
    "Departure", .object([.init("current_password", password, summary: "the caller's own")]))
  static let credentials = DataShape.named(
    "Credentials",
    .object([.init("email", example("ada@example.org")), .init("password", password)]))

  static let user = DataShape.named(
    "User",
    .object([
      .init("id", .integer), .init("email", example("ada@example.org")), .init("active", .boolean),
      .init("role", .choice(UserRules.roles)), .init("confirmed_at", .optional(.timestamp)),
      .init("created_at", .timestamp), .init("updated_at", .timestamp),
    ]))
  static let signedIn = DataShape.named(
    "SignedIn",
    .open([
      .init("token", .string, summary: "for `Authorization: Bearer`"), .init("expires_at", .timestamp),
      .init("refresh_token", .string, summary: "for `POST /v1/sessions/refresh`, once"),
      .init("refresh_expires_at", .timestamp), .init("user", user),
    ]))
  static let session = DataShape.named(
    "Session",
    .open([
      .init("id", .integer), .init("user_id", .integer), .init("created_at", .timestamp),
      .init("expires_at", .timestamp), .init("user", user),
    ]))
  static let openSession = DataShape.named(
    "OpenSession",
    .open([
      .init("id", .integer), .init("created_at", .timestamp), .init("expires_at", .timestamp),
      .init("current", .boolean, summary: "whether it is the session of this token"),
      .init("user_agent", .optional(.string)), .init("refreshed_at", .timestamp),
    ]))

  static let refresh = DataShape.named(
    "Refresh", .object([.init("refresh_token", example("bhr_..."))]))
  static let resetRequest = DataShape.named(
    "PasswordResetRequest", .object([.init("email", example("ada@example.org"))]))
  static let reset = DataShape.named(
    "PasswordReset",
    .object([.init("token", example("the one from the mail")), .init("password", newPassword)]))
  static let confirmation = DataShape.named(
    "EmailConfirmation", .object([.init("token", example("the one from the mail"))]))

  static let newValue = DataShape.named("NewValue", .object([.init("value", .anything)]))
  static let setting = DataShape.named(
    "Setting",
    .object([
      .init("name", example("theme")), .init("value", .anything),
      .init("version", .integer), .init("updated_at", .timestamp),
    ]))
  static let settings = DataShape.object([.init("items", .list(setting))])

  static let keySet = DataShape.object([
    .init(
      "keys",
      .list(
        .open([
          .init("kty", .choice(["OKP"])), .init("crv", .choice(["Ed25519"])), .init("x", .string),
          .init("kid", .string),
        ])))
  ])
}
