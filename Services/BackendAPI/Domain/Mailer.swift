import Runtime
import Schema

/// A message to an address. Its text is the business of what sends it.
struct MailMessage: Encodable, Sendable {
  enum Kind: String, Encodable, Sendable {
    /// Contains a token that confirms the address.
    case confirmEmail = "confirm_email"
    /// To the address of before.
    case emailChanged = "email_changed"
    /// Contains a token with which another password can be set.
    case resetPassword = "reset_password"
    case passwordChanged = "password_changed"
  }

  let at: Timestamp
  let kind: Kind
  let to: String
  let token: String?
  let expiresAt: Timestamp?

  init(_ kind: Kind, to address: String, token: String? = nil, at now: Timestamp, until end: Timestamp? = nil)
  {
    self.at = now
    self.kind = kind
    to = address
    self.token = token
    expiresAt = end
  }

  enum CodingKeys: String, CodingKey {
    case at, kind, to, token
    case expiresAt = "expires_at"
  }
}

/// Hands messages to what sends mail. This fleet sends none: ``OutboxFile`` is the one implementation.
protocol Mailer: Sendable {
  /// Takes a message, or throws where it is not certain that it is kept.
  func send(_ message: MailMessage) async throws(MailError)

  /// Throws why no message can be taken at present. What belongs to a message is changed only after this check: once it is
  /// made, a failure of the message can no longer refuse it.
  func check() async throws(MailError)
}

/// Why a message was not taken. It has neither the address nor the token.
struct MailError: Error, CustomStringConvertible {
  let description: String
  /// Whether it ends without a change of the settings: what takes the messages is full, or is not there yet.
  var isPassing = false
}

/// Counts the messages that were not taken.
struct CountedMailer: Mailer {
  private let mailer: any Mailer
  private let failures: CounterInstrument

  init(_ mailer: any Mailer, metrics: MetricRegistry) {
    self.mailer = mailer
    failures = metrics.counter("mail_failures_total", help: "Messages that were not taken.")
  }

  func send(_ message: MailMessage) async throws(MailError) {
    try await counted { () async throws(MailError) in try await mailer.send(message) }
  }

  /// A message that is refused before it is made counts too.
  func check() async throws(MailError) {
    try await counted { () async throws(MailError) in try await mailer.check() }
  }

  private func counted(_ body: () async throws(MailError) -> Void) async throws(MailError) {
    do throws(MailError) {
      try await body()
    } catch {
      failures.increment(by: Int64(1))
      throw error
    }
  }
}
