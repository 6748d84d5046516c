import AccessManifest
import AccessPlanning
import Cache
import Cryptography
import Secrets

/// The passwords of users in a Redis or Valkey server, which keeps any number of them for a user.
struct RedisPasswords: AccountPasswords {
  private let administrator: any CacheConnection
  /// Logs in and out again.
  private let login: @Sendable (_ account: String, _ password: Secret) async throws(CacheError) -> Void

  init(
    _ administrator: any CacheConnection,
    login: @escaping @Sendable (_ account: String, _ password: Secret) async throws(CacheError) -> Void
  ) {
    self.administrator = administrator
    self.login = login
  }

  /// Passwords that are set in a replica alone leave its primary, which the services use, with the former ones.
  func refuseReplica(of manifest: AccessManifest) async throws(AccessError) {
    guard let reason = try await place()?.unacceptedReplica(in: manifest) else { return }
    throw .unsupported("nothing was changed: \(reason)")
  }

  /// No server copies its users to another one.
  func otherServers() async throws(AccessError) -> [String] { try await place()?.others ?? [] }

  private func place() async throws(AccessError) -> RedisPlace? {
    do {
      return try await RedisStateReader(administrator).place()
    } catch {
      throw .cache(error)
    }
  }

  var name: String { RedisGrants.name }

  var keepsTwo: Bool { true }

  func set(_ passwords: [Secret], of user: String) async throws(AccessError) {
    _ = try await run(
      ["ACL", "SETUSER", user, "resetpass"] + passwords.map { "#\(SHA256.hex($0.reveal()))" })
  }

  func response(to password: Secret, of user: String) async throws(AccessError) -> CredentialState {
    do {
      try await login(user, password)
      return .accepted
    } catch .authenticationFailed {
      return .refused
    } catch {
      throw .cache(error)
    }
  }

  /// The server removes the former password last, so every session that is open then is older.
  func moment() async throws(AccessError) -> Int64 { 0 }

  func sessions(of user: String, before moment: Int64) async throws(AccessError) -> Int {
    guard let own = try await run(["CLIENT", "ID"]).integer,
      let list = try await run(["CLIENT", "LIST"]).byteString
    else { throw .cache(.protocolViolation("the reply lists no clients")) }
    let (ofUser, ofOwn) = (Array("user=\(user)".utf8), Array("id=\(own)".utf8))
    return list.split(separator: UInt8(ascii: "\n")).count { line in
      let fields = line.split(separator: UInt8(ascii: " "))
      return fields.contains { $0.elementsEqual(ofUser) } && !fields.contains { $0.elementsEqual(ofOwn) }
    }
  }

  /// A lost connection of the cache fails no request of a service.
  func endSessions(of user: String, before moment: Int64) async throws(AccessError) {
    _ = try await run(["CLIENT", "KILL", "USER", user, "SKIPME", "yes"])
  }

  /// The credential file has the step of a rotation, so a killed one needs no mark: the next call repeats change and saving.
  func save() async throws(AccessError) -> String? {
    try await administrator.saveAccessControlList()
  }

  private func run(_ command: [String]) async throws(AccessError) -> RESPValue {
    do {
      return try await administrator.command(command)
    } catch {
      throw .cache(error)
    }
  }
}
